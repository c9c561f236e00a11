/** `npm run check:live`: proves on a real server that nothing is lost, repeated or out of order. See docs/reliability.md. */
import { commandOf, readOptions, USAGE } from './options.ts'
import { reportText } from './report.ts'
import { runCheck, settingsOf } from './run.ts'

const options = readOptions(process.argv.slice(2))
if (typeof options === 'string') {
  console.error(`check:live: ${options}\n${USAGE}`)
  process.exit(2)
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())

console.log(
  `seed ${options.seed}: ${options.clients} clients, ${options.durationMs / 1_000} s, ${options.database} database`,
)
console.log(`this run again: ${commandOf(options)}`)
const settings = Object.entries(settingsOf(options)).map(([name, value]) => `${name}=${value}`)
console.log(`settings that are not the defaults: ${settings.join(' ')}`)
const startedAtMs = performance.now()
const report = await runCheck(options, {
  signal: interrupted.signal,
  say: (line) => console.error(`${Math.round((performance.now() - startedAtMs) / 1_000)} s: ${line}`),
})
console.log(`\n${reportText(options, report)}`)
// A client may still wait for an answer that nobody needs any more.
process.exit(report.ledger.faultCount === 0 ? 0 : 1)
