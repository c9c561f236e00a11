/**
 * `npm run check`: everything that can be known without starting a server. One line for each step; the whole output only of
 * those that failed; all failures, not only the first.
 */
import { availableParallelism } from 'node:os'
import { checkSteps, runSteps } from './check-steps.ts'

const startedAtMs = performance.now()
const results = await runSteps(checkSteps, { parallel: availableParallelism(), report: console.log })
const failed = results.filter((result) => !result.passed)

for (const { name, output } of failed) console.log(`\n--- ${name} failed ---\n${output.trim()}`)
console.log(
  `\n${results.length - failed.length} passed, ${failed.length} failed in ${seconds(performance.now() - startedAtMs)}`,
)
process.exitCode = failed.length === 0 ? 0 : 1

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`
}
