import { pino, type DestinationStream, type Logger } from 'pino'

export type { Logger }

export interface LoggerOptions {
  /** `json` for programs that collect logs, `pretty` for a person at a terminal. */
  readonly format: 'json' | 'pretty'
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  /** Where to, instead of stderr. */
  readonly destination?: DestinationStream
}

const REDACTED = '[redacted]'
const SECRET_KEYS = new Set([
  'password',
  'new_password',
  'current_password',
  'token',
  'access_token',
  'refresh_token',
  'accesstoken',
  'refreshtoken',
  'authorization',
  'cookie',
  'set-cookie',
  'secret',
  'connectionstring',
])
/** The fields of a child logger do not come by the formatters: pino's own redaction takes them out, on their first level. */
const SECRET_PATHS = [...SECRET_KEYS].map((key) => `["${key}"]`)
const DEPTH_MAX = 6
/** The password in any `scheme://user:password@host`, wherever it stands in a line. */
const URL_PASSWORD = /(:\/\/[^\s:/@"]*:)[^\s@"]+@/g

/** Writes to stderr, since stdout is for what a command answers. Secrets are taken out by their key at any depth, and from URLs. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? pino.destination({ dest: 2, sync: true })
  const formatters = { log: redact, level: (label: string) => ({ level: label }) }
  const hooks = {
    streamWrite: (line: string) => (line.includes('://') ? line.replace(URL_PASSWORD, `$1${REDACTED}@`) : line),
  }
  const target =
    options.format === 'json' ? destination : { write: (line: string) => destination.write(prettyLine(line)) }
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_PATHS, censor: REDACTED },
      serializers: { err: describeError },
      formatters,
      hooks,
    },
    target,
  )
}

/** PostgreSQL puts the whole row that it refused into these: what people wrote, and what identity keeps of them. */
const ROW_FIELDS = new Set(['detail', 'where', 'hint', 'internalQuery'])

/**
 * Type, message, stack and the plain fields. Whatever else hangs on an error is left out: a broken connection carries its whole client,
 * with the key that cancels its queries and the query that was under way.
 */
function describeError(error: Error): object {
  const described: object = pino.stdSerializers.err(error)
  return Object.fromEntries(
    Object.entries(described).filter(
      ([key, value]) => !ROW_FIELDS.has(key) && !SECRET_KEYS.has(key.toLowerCase()) && !isCompound(value),
    ),
  )
}

function isCompound(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactObject(fields, 1)
}

function redactObject(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      SECRET_KEYS.has(key.toLowerCase()) ? REDACTED : redactValue(value, depth + 1),
    ]),
  )
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return depth > DEPTH_MAX ? '[too deep]' : value.map((item) => redactValue(item, depth + 1))
  // Errors, dates and such have serializers of their own.
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return depth > DEPTH_MAX ? '[too deep]' : redactObject(value, depth)
}

const COLORS: Readonly<Record<string, number>> = { trace: 90, debug: 90, info: 32, warn: 33, error: 31, fatal: 31 }

/** One line for a person: time, level, message, then the fields; an error's stack below it. */
function prettyLine(line: string): string {
  const parsed: unknown = JSON.parse(line)
  if (typeof parsed !== 'object' || parsed === null) return line
  const { time, level, msg, err, ...fields } = parsed as Record<string, unknown>
  const label = String(level)
  const clock = typeof time === 'string' ? time.slice(11, 23) : ''
  const color = process.stderr.isTTY
    ? (text: string, code: number) => `\u001b[${code}m${text}\u001b[0m`
    : (text: string) => text
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const head = [clock, color(label.padEnd(5), COLORS[label] ?? 0), msg, ...rest].filter(
    (part) => part !== undefined && part !== '',
  )
  return `${head.join(' ')}\n${stackOf(err)}`
}

function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const text = 'stack' in error ? error.stack : 'message' in error ? error.message : undefined
  return typeof text === 'string' ? `${text.replace(/^/gm, '    ')}\n` : ''
}
