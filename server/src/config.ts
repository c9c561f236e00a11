/** The one place that reads the environment. Everything else is handed what it needs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { err, isLoopback, ok, type Result } from '@glasshouse/kernel'
import { SETTINGS, SettingFault, type SettingName, type SettingValues } from './settings.ts'

export interface Config extends Omit<SettingValues, 'REGISTRATION' | 'LOBBY_ACCESS'> {
  readonly REGISTRATION: 'open' | 'closed'
  readonly LOBBY_ACCESS: 'demo' | 'read' | 'off'
  readonly admin: { readonly username: string; readonly email: string; readonly password: string } | undefined
  /** Through `npm start` or `npm run`. */
  readonly startedByNpm: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process, with `.env` of the working folder below it. */
export function processEnvironment(): Environment {
  const file = join(process.cwd(), '.env')
  if (existsSync(file)) process.loadEnvFile(file)
  return process.env
}

/** Reads and checks every setting. The error is one line that names the setting, what is wrong with it, and what it may be. */
export function readConfig(environment: Environment): Result<Config, string> {
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const { fallback, secret, read } = SETTINGS[name]
    const given = environment[name]?.trim()
    const text = given === undefined || given === '' ? fallback : given
    try {
      values[name] = read(text)
    } catch (fault) {
      if (!(fault instanceof SettingFault)) throw fault
      const shown = secret ? '' : `, but is ${JSON.stringify(text.slice(0, 100))}`
      return err(`${name} ${fault.message}${shown}`)
    }
  }
  // Every name of SETTINGS has been read by its own reader.
  const startedByNpm = environment['npm_lifecycle_event'] !== undefined
  return complete(values as SettingValues, startedByNpm)
}

function complete(values: SettingValues, startedByNpm: boolean): Result<Config, string> {
  const username = values.GLASSHOUSE_ADMIN_USERNAME
  const email = values.GLASSHOUSE_ADMIN_EMAIL
  const password = values.GLASSHOUSE_ADMIN_PASSWORD
  const given = [username, email, password].filter((value) => value !== '').length
  if (given !== 0 && given !== 3) {
    const missing = username === '' ? 'USERNAME' : email === '' ? 'EMAIL' : 'PASSWORD'
    return err(
      `GLASSHOUSE_ADMIN_${missing} must be set too: the first administrator needs a user name, an email address and a password`,
    )
  }
  if (values.PUBLIC_URL !== undefined && (values.PUBLIC_URL.pathname !== '/' || values.PUBLIC_URL.search !== '')) {
    return err(`PUBLIC_URL must be an address without a path, but is ${JSON.stringify(values.PUBLIC_URL.href)}`)
  }
  const isLocal = isLoopback(values.HOST)
  return ok({
    ...values,
    REGISTRATION: values.REGISTRATION || (isLocal ? 'open' : 'closed'),
    LOBBY_ACCESS: values.LOBBY_ACCESS || (isLocal && !isProxied(values) ? 'demo' : 'read'),
    startedByNpm,
    admin: given === 3 ? { username, email, password } : undefined,
  })
}

/** A proxy before it brings in people from other machines, though it listens on loopback only. */
function isProxied({ PUBLIC_URL, TRUSTED_PROXIES }: SettingValues): boolean {
  return TRUSTED_PROXIES.length > 0 || (PUBLIC_URL !== undefined && !isLoopback(PUBLIC_URL.hostname))
}

/** For parts that are not ours and read the environment by themselves. */
export function setForeignSettings(values: Readonly<Record<string, string>>): void {
  Object.assign(process.env, values)
}

/** The environment of a program that we run. */
export function childEnvironment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...more }
}
