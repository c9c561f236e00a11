/**
 * `npm test`: the steps of `npm run check`, then all tests of all projects. Each step and each test is one passed or failed.
 * The last line is `N passed, N failed` (and `, N skipped`, when any was). The exit code is 0 only when nothing failed and
 * nothing was skipped: a suite that did not run is not a suite that passed.
 */
import { spawn } from 'node:child_process'
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, runSteps, staticSteps, toolEnvironment } from './check-steps.ts'
import { countsLine, countTests, type Counts, type TestReport } from './count-tests.ts'

const ignored = new Set(['node_modules', 'build', '.svelte-kit', 'contestants', '.git', 'data'])

const steps = await runSteps(staticSteps, { parallel: availableParallelism(), report: console.log })
const failedSteps = steps.filter((step) => !step.passed)
const tests = await runTests()

for (const { name, output } of failedSteps) console.log(`\n--- ${name} failed ---\n${output.trim()}`)
for (const problem of tests.problems) console.log(`\n${problem}`)

const total: Counts = {
  ...tests,
  passed: tests.passed + steps.length - failedSteps.length,
  failed: tests.failed + failedSteps.length,
}
console.log(`\n${countsLine(total)}`)
process.exitCode = total.failed === 0 && total.skipped === 0 && total.passed > 0 ? 0 : 1

async function runTests(): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'glasshouse-test-report-'))
  try {
    const reportFile = join(folder, 'report.json')
    const exitCode = await runVitest([
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
    ])
    const report = await readFile(reportFile, 'utf8').then(
      (text) => JSON.parse(text) as TestReport,
      () => undefined,
    )
    return countTests({ report, exitCode, testFiles: await allTestFiles() })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Null when vitest was killed. Its output goes where ours goes. */
function runVitest(parameters: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    spawn('vitest', parameters, { cwd: root, env: toolEnvironment, stdio: ['ignore', 'inherit', 'inherit'] })
      .on('error', reject)
      .on('close', resolve)
  })
}

async function allTestFiles(): Promise<string[]> {
  const files: string[] = []
  for await (const path of glob('**/*.test.ts', { cwd: root, exclude: (name) => ignored.has(name) }))
    files.push(join(root, path))
  return files.toSorted()
}
