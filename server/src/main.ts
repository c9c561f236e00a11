/** The `glasshouse` command. */
import { processEnvironment, readConfig, type Config } from './config.ts'

/** Exit codes: 0 done, 1 it could not be done, 2 it was asked for in a way that cannot be understood. */
const DONE = 0
const MISUSED = 2

const USAGE = `Glasshouse, a self-hosted team hub

  glasshouse start                       run it (npm start)
  glasshouse start --demo                run it with a small living team to look at; --demo=still: without the life
  glasshouse import slack EXPORT.zip     bring in a team's history from Slack
  glasshouse user password NAME          set the password of NAME, read from the terminal or from a pipe
  glasshouse help                        this text

Settings are environment variables, or lines of .env: see .env.example.`

/** Each command is loaded when it is asked for: `help` need not load a web server. */
type Command = (config: Config) => Promise<number>

const DEMOS: ReadonlyMap<string, 'living' | 'still'> = new Map([
  ['--demo', 'living'],
  ['--demo=still', 'still'],
])

function findCommand(words: readonly string[]): Command | string {
  const [first = 'help', second, third, ...rest] = words
  if (first === 'start') {
    const dev = second === '--dev'
    const demo = DEMOS.get(second ?? '')
    if (second !== undefined && !dev && demo === undefined) return `start takes no ${JSON.stringify(second)}`
    if (third !== undefined) return `start takes no ${JSON.stringify(third)}`
    return async (config) => (await import('./commands/start.ts')).runStart(config, { dev, demo })
  }
  if (first === 'import' || first === 'user') {
    const [kind, what] =
      first === 'import' ? ['slack', 'a file: import slack EXPORT.zip'] : ['password', 'a name: user password NAME']
    if (second !== kind) return `${first} takes ${kind}, not ${JSON.stringify(second ?? 'nothing')}`
    if (third === undefined || third === '') return `${first} ${kind} needs ${what}`
    if (rest.length > 0) return `${first} ${kind} takes one name, and ${JSON.stringify(rest[0])} is too much`
    return first === 'import'
      ? async (config) => (await import('./commands/import-slack.ts')).runImportSlack(config, third)
      : async (config) => (await import('./commands/user-password.ts')).runUserPassword(config, third)
  }
  return `there is no command ${JSON.stringify(first)}`
}

async function main(words: readonly string[]): Promise<number> {
  if (words.length === 0 || ['help', '--help', '-h'].includes(words[0] ?? '')) {
    console.log(USAGE)
    return DONE
  }
  const command = findCommand(words)
  if (typeof command === 'string') {
    console.error(`glasshouse: ${command}. See: npm run glasshouse -- help`)
    return MISUSED
  }
  const config = readConfig(processEnvironment())
  if (!config.ok) {
    console.error(`glasshouse: ${config.error}`)
    return MISUSED
  }
  return command(config.value)
}

process.exitCode = await main(process.argv.slice(2))
