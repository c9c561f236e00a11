/** The steps of `npm run check`, and how they are run side by side. `npm test` runs the same, and then all the tests. */
import { execFile, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { findLeftovers } from './leftovers.ts'

export const root = join(import.meta.dirname, '..')

/** A step that takes longer hangs: it is killed, and has failed. */
const stepTimeoutMs = 300_000
const stepOutputBytesMax = 32 * 1024 * 1024

export interface Outcome {
  readonly passed: boolean
  readonly output: string
}

export interface Step {
  readonly name: string
  readonly run: () => Promise<Outcome>
}

export interface StepResult extends Outcome {
  readonly name: string
  readonly durationMs: number
}

/**
 * The tools of this repository, and Node 26 under the name `node`, come before the machine's own: so it is also for somebody
 * who starts a script by hand and not through npm.
 */
export const toolEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
}

function command(name: string, ...commandLine: readonly [string, ...string[]]): Step {
  return { name, run: () => runCommand(commandLine) }
}

/** Writes what SvelteKit generates for the type checker: web's tsconfig extends it, so every tool that reads that needs it first. */
export const prepareWeb: Step = command(
  'prepare',
  'npm',
  'exec',
  '--workspace',
  '@glasshouse/web',
  '--',
  'svelte-kit',
  'sync',
)

const compile = [
  'tsc',
  '-p',
  '.',
  '--noEmit',
  '--incremental',
  '--tsBuildInfoFile',
  'node_modules/.cache/tsc/root.tsbuildinfo',
] as const

export const unitTests: Step = command('unit', 'vitest', 'run', '--project', 'unit', '--project', 'render')

const workspaceFolders = [
  'kernel',
  'contracts',
  'client',
  'services',
  'platform',
  'server',
  'web',
  'bench',
  'e2e',
] as const

/** Without the tests. Slow ones first: started last, they would run on alone while the other processor has nothing to do. */
export const staticSteps: readonly Step[] = [
  command('web', 'npm', 'run', '--silent', 'check', '--workspace', '@glasshouse/web'),
  command('types', ...compile),
  command('format', 'prettier', '--check', '--log-level', 'warn', '--cache', '--cache-strategy', 'content', '.'),
  command('unused', 'knip', '--no-progress'),
  command('lint', 'oxlint'),
  command('boundaries', 'depcruise', '--config', '.dependency-cruiser.cjs', ...workspaceFolders, 'scripts'),
  {
    name: 'generated',
    run: () =>
      runAll([
        ['node', 'contracts/src/generate.ts', '--check'],
        ['node', 'server/src/generate-env-example.ts', '--check'],
        ['node', 'e2e/src/permission-matrix/generate.ts', '--check'],
      ]),
  },
  { name: 'leftovers', run: checkLeftovers },
  { name: 'node', run: checkNode },
]

export const checkSteps: readonly Step[] = [unitTests, ...staticSteps]

interface RunOptions {
  /** Steps at the same time, at least 1. */
  readonly parallel: number
  /** Is told one line about each step when it ends. */
  readonly report: (line: string) => void
}

/** Runs all steps, `prepareWeb` before the others. The results come in the order of the steps; none is left out because another failed. */
export async function runSteps(steps: readonly Step[], { parallel, report }: RunOptions): Promise<StepResult[]> {
  const prepared = await runStep(prepareWeb, report)
  const results: StepResult[] = []
  const waiting = [...steps.entries()]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [position, step] = next
      results[position] = await runStep(step, report)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, worker))
  return prepared.passed ? results : [prepared, ...results]
}

async function runStep(step: Step, report: (line: string) => void): Promise<StepResult> {
  const startedAtMs = performance.now()
  const outcome = await step.run()
  const durationMs = performance.now() - startedAtMs
  report(`${outcome.passed ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(12)}${(durationMs / 1000).toFixed(1).padStart(6)} s`)
  return { name: step.name, durationMs, ...outcome }
}

/** One after the other, and all of them: the second may have something to say when the first failed. */
async function runAll(commandLines: readonly (readonly [string, ...string[]])[]): Promise<Outcome> {
  const outcomes: Outcome[] = []
  for (const commandLine of commandLines) outcomes.push(await runCommand(commandLine))
  return {
    passed: outcomes.every((outcome) => outcome.passed),
    output: outcomes.map((outcome) => outcome.output).join('\n'),
  }
}

function runCommand([program, ...parameters]: readonly [string, ...string[]]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: root,
      env: toolEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: stepTimeoutMs,
      killSignal: 'SIGKILL',
    })
    let output = ''
    const keep = (text: string): void => {
      if (output.length < stepOutputBytesMax) output += text
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error) =>
      resolve({ passed: false, output: `cannot run ${program}: ${error.message}; is it installed (npm ci)?` }),
    )
    child.on('close', (code, signal) => {
      const end =
        signal === null ? `exit code ${code}` : `killed by ${signal} (a step may take ${stepTimeoutMs / 1000} s)`
      resolve({ passed: code === 0, output: `${output}\n${[program, ...parameters].join(' ')}: ${end}` })
    })
  })
}

/** Another Node than the one that users get proves little. */
async function checkNode(): Promise<Outcome> {
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies: { node: string }
  }
  const passed = process.versions.node === dependencies.node
  return {
    passed,
    output: `this is Node ${process.versions.node}, package.json has ${dependencies.node}: start it through npm`,
  }
}

/** The folder is named as safe, because a container's checkout often belongs to another user than the one who runs the tests. */
const gitList = ['-c', `safe.directory=${root}`, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']

/** What git has or is about to get: committed files and new ones that are not ignored, as they are on the disk now. */
async function checkLeftovers(): Promise<Outcome> {
  const listing = await promisify(execFile)('git', gitList, { cwd: root, maxBuffer: stepOutputBytesMax }).catch(
    (error: Error) => error,
  )
  if (listing instanceof Error)
    return { passed: false, output: `cannot list the files of the repository: ${listing.message}` }
  const files = await Promise.all(listing.stdout.split('\0').filter(Boolean).map(readSource))
  const leftovers = findLeftovers(files.filter((file) => file !== undefined))
  return {
    passed: leftovers.length === 0,
    output: leftovers.map(({ path, line, problem }) => `${path}:${line}: ${problem}`).join('\n'),
  }
}

/** Undefined for a picture and the like, and for a file that is deleted but not yet committed so. */
async function readSource(path: string): Promise<{ path: string; text: string } | undefined> {
  const bytes = await readFile(join(root, path)).catch(() => undefined)
  return bytes === undefined || bytes.includes(0) ? undefined : { path, text: bytes.toString('utf8') }
}
