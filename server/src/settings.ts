/**
 * Every setting of Glasshouse: its name, what it is for, its default, and how its text is read. `.env.example` is generated from
 * this table. A new bound or switch is a row here and nothing else reads the environment.
 */
import { isIP } from 'node:net'
import { isAbsolute, resolve } from 'node:path'

/** Why a setting's text cannot be taken: completes the sentence "NAME ...". */
export class SettingFault extends Error {
  override readonly name = 'SettingFault'
}

export interface Setting<Value> {
  readonly about: string
  /** As it would be written in `.env`; empty when the setting is unset by default. */
  readonly fallback: string
  readonly secret: boolean
  readonly read: (text: string) => Value
}

interface More {
  readonly fallback?: string | number
  readonly secret?: boolean
}

function setting<Value>(about: string, read: (text: string) => Value, more: More = {}): Setting<Value> {
  return { about, read, fallback: String(more.fallback ?? ''), secret: more.secret ?? false }
}

const text = (about: string, lengthMax: number, more?: More): Setting<string> =>
  setting(
    about,
    (value) => {
      if (value.length > lengthMax) throw new SettingFault(`must be at most ${lengthMax} characters long`)
      return value
    },
    more,
  )

const whole = (about: string, min: number, max: number, fallback: number): Setting<number> =>
  setting(
    about,
    (value) => {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
      if (!(number >= min && number <= max)) throw new SettingFault(`must be a whole number from ${min} to ${max}`)
      return number
    },
    { fallback },
  )

const oneOf = <const Choice extends string>(about: string, choices: readonly Choice[], more?: More): Setting<Choice> =>
  setting(
    about,
    (value) => {
      const choice = choices.find((each) => each === value)
      if (choice === undefined) throw new SettingFault(`must be ${choices.filter((each) => each !== '').join(' or ')}`)
      return choice
    },
    more,
  )

const url = (about: string, protocols: readonly string[], more?: More): Setting<URL | undefined> =>
  setting(
    about,
    (value) => {
      if (value === '') return undefined
      const parsed = URL.canParse(value) ? new URL(value) : undefined
      if (parsed === undefined || !protocols.includes(parsed.protocol)) {
        throw new SettingFault(
          `must be an address that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`,
        )
      }
      return parsed
    },
    more,
  )

const SECRET_BYTES_MIN = 32

const secrets = (about: string, countMax: number): Setting<readonly Buffer[]> =>
  setting(
    about,
    (value) => {
      const parts = value === '' ? [] : value.split(',').map((part) => part.trim())
      if (parts.length > countMax) throw new SettingFault(`must hold at most ${countMax} secrets`)
      return parts.map((part) => {
        const bytes = /^[A-Za-z0-9_-]+$/.test(part) ? Buffer.from(part, 'base64url') : Buffer.alloc(0)
        if (bytes.length < SECRET_BYTES_MIN) {
          throw new SettingFault(
            `must be at least ${SECRET_BYTES_MIN} random bytes as unpadded base64url; leave it empty to have one made`,
          )
        }
        return bytes
      })
    },
    { secret: true },
  )

export interface RateLimitSetting {
  readonly count: number
  readonly windowS: number
}

const rateLimit = (about: string, fallback: string): Setting<RateLimitSetting> =>
  setting(
    about,
    (value) => {
      const [, count, windowS] = /^(\d{1,5})\/(\d{1,5})$/.exec(value) ?? []
      const limit = { count: Number(count), windowS: Number(windowS) }
      if (!(limit.count >= 1 && limit.count <= 10_000 && limit.windowS >= 1 && limit.windowS <= 86_400)) {
        throw new SettingFault('must be COUNT/SECONDS, such as 50/10, with a count up to 10000 and up to 86400 seconds')
      }
      return limit
    },
    { fallback },
  )

const PROXY_NAMES = ['loopback', 'linklocal', 'uniquelocal']

const proxies = (about: string): Setting<readonly string[]> =>
  setting(about, (value) => {
    const parts = value === '' ? [] : value.split(',').map((part) => part.trim())
    for (const part of parts) {
      const [address = '', bits] = part.split('/')
      const bitsMax = isIP(address) === 6 ? 128 : 32
      const sound = isIP(address) !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax))
      if (!sound && !PROXY_NAMES.includes(part)) {
        throw new SettingFault(
          `must be a list of addresses or networks (10.0.0.0/8) or ${PROXY_NAMES.join(', ')}; "${part}" is none`,
        )
      }
    }
    return parts
  })

const folder = (about: string, fallback: string): Setting<string> =>
  setting(
    about,
    (value) => {
      if (value.includes('\0')) throw new SettingFault('must be the path of a folder')
      return isAbsolute(value) ? value : resolve(value)
    },
    { fallback },
  )

const host = (about: string, fallback: string): Setting<string> =>
  setting(
    about,
    (value) => {
      if (isIP(value) === 0 && !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(value)) {
        throw new SettingFault('must be an address such as 127.0.0.1 or 0.0.0.0, or the name of this machine')
      }
      return value
    },
    { fallback },
  )

export const SETTINGS = {
  HOST: host(
    'The address to listen on. 127.0.0.1 is this machine only; 0.0.0.0 is every network it is in.',
    '127.0.0.1',
  ),
  PORT: whole('The port to listen on. 0 lets the system choose.', 0, 65_535, 3000),
  PUBLIC_URL: url(
    'The address at which people reach Glasshouse, when that is not the one above: behind a proxy, say. On loopback pages of other hosts are not accepted without it.',
    ['http:', 'https:'],
  ),
  TRUSTED_PROXIES: proxies(
    'Proxies whose X-Forwarded-* headers are believed: addresses, networks, or loopback, separated by commas.',
  ),
  SITE_NAME: text('The name of your house.', 80, { fallback: 'Glasshouse' }),

  GLASSHOUSE_DATA: folder('The folder for the database and the secrets. Back it up; keep it private.', './data'),
  DATABASE_URL: url(
    'An external PostgreSQL (15 or newer). Empty: Glasshouse runs its own in the data folder.',
    ['postgres:', 'postgresql:'],
    { secret: true },
  ),
  DATABASE_WAIT_SECS: whole(
    'How long a start waits for an external PostgreSQL that does not answer yet, in seconds.',
    0,
    3_600,
    30,
  ),
  INFRA_DB_MAX_CONNECTIONS: whole('How many connections to the database at most.', 5, 200, 10),

  REGISTRATION: oneOf(
    'Who may make an account: open (anybody who reaches the page) or closed. Empty: open on loopback, else closed.',
    ['open', 'closed', ''],
  ),
  LOBBY_ACCESS: oneOf(
    'What visitors who have not signed in may do in the Lobby: demo (write, as "Demo Bot"), read (live, too), or off (they are asked to sign in). Empty: demo where only this machine reaches it (on loopback, without a PUBLIC_URL elsewhere or TRUSTED_PROXIES), else read.',
    ['demo', 'read', 'off', ''],
  ),
  GLASSHOUSE_ADMIN_USERNAME: text(
    'The first administrator, made at start. Set all three, or use /setup with the code that the terminal shows.',
    32,
  ),
  GLASSHOUSE_ADMIN_EMAIL: text('', 254),
  GLASSHOUSE_ADMIN_PASSWORD: text('', 200, { secret: true }),

  SESSION_SECRET: secrets(
    'Seals the cookies of browsers: 64 random bytes, unpadded base64url. Empty: made on first start, in the data folder.',
    1,
  ),
  JWT_SECRET: secrets(
    'Signs the tokens of programs: one or two secrets, separated by a comma; the first signs, both verify. Empty: made on first start.',
    2,
  ),
  SESSION_CLEANUP_INTERVAL_SECS: whole('How often ended sessions are swept, in seconds.', 1, 86_400, 3600),

  LOBBY_RATE_LIMIT: rateLimit(
    'Messages a person may send to the Lobby, and all visitors together of one network address: COUNT/SECONDS.',
    '5/10',
  ),
  CHANNEL_RATE_LIMIT: rateLimit('Messages a person may send to any other channel: COUNT/SECONDS.', '50/10'),
  NEW_ACCOUNT_RATE_LIMIT: rateLimit(
    'Messages that an account of less than a day may send to a channel with moderation before they wait for a moderator: COUNT/SECONDS.',
    '3/10',
  ),

  MESSAGE_CHANGE_RATE_LIMIT: rateLimit(
    'Edits, deletions, reactions and pins that a person may make, in all channels together: COUNT/SECONDS.',
    '60/10',
  ),

  LIVE_HEARTBEAT_MS: whole(
    'The time between two heartbeats of a live connection, milliseconds. Two unanswered end it.',
    50,
    120_000,
    10_000,
  ),
  LIVE_SOCKETS_PER_USER_MAX: whole('Live connections of one person at once.', 1, 1_000_000, 20),
  LIVE_OPENS_PER_USER: rateLimit('Live connections that one person may open: COUNT/SECONDS.', '60/60'),
  LIVE_SOCKETS_PER_ADDRESS_MAX: whole('Live connections from one network address at once.', 1, 1_000_000, 200),
  LIVE_VISITORS_PER_ADDRESS_MAX: whole(
    'Live connections of visitors who have not signed in, from one network address at once.',
    1,
    1_000_000,
    50,
  ),
  LIVE_VISITORS_MAX: whole('Live connections of visitors who have not signed in, all together.', 1, 1_000_000, 1_000),
  LIVE_SUBSCRIPTIONS_MAX: whole('Streams that one live connection may watch.', 1, 100_000, 1_000),
  LIVE_FRAMES_PER_SECOND_MAX: whole(
    'Frames a second that a live connection may send for 5 seconds.',
    1,
    1_000_000,
    100,
  ),
  LIVE_UNSENT_BYTES_MAX: whole(
    'What may wait unsent for one live connection, bytes; beyond it the connection lags and catches up later.',
    65_536,
    67_108_864,
    262_144,
  ),
  LIVE_UNDRAINED_TIMEOUT_MS: whole(
    'How long a live connection may take nothing of what is sent to it, milliseconds; then it is closed.',
    100,
    3_600_000,
    60_000,
  ),
  PRESENCE_IDLE_SECS: whole(
    'After how long without a sign of activity a person is shown as away, in seconds.',
    1,
    86_400,
    300,
  ),
  PRESENCE_OFFLINE_SECS: whole(
    'How long after their last device left a person is shown as offline, in seconds.',
    1,
    86_400,
    30,
  ),
  HTTP_HEADERS_TIMEOUT_MS: whole(
    "How long a request's headers may take to arrive, milliseconds; then the connection is closed.",
    100,
    600_000,
    10_000,
  ),
  HTTP_REQUEST_TIMEOUT_MS: whole(
    'How long a whole request may take to arrive, its body included, milliseconds; never less than its headers may take.',
    100,
    3_600_000,
    30_000,
  ),
  LIVE_SESSION_KEPT_SECS: whole(
    'How long a live connection that was lost may come back to what it watched, in seconds.',
    1,
    86_400,
    300,
  ),
  LIVE_SESSION_SWEEP_SECS: whole(
    'How often live sessions that nobody came back for are removed, in seconds.',
    1,
    86_400,
    60,
  ),
  LIVE_SESSIONS_PER_USER_MAX: whole(
    'Live sessions kept for one person, open or lost; beyond it the oldest are forgotten.',
    1,
    1_000_000,
    50,
  ),
  REPLAY_CHANGES_MAX: whole(
    'How many missed changes are replayed to a reconnecting client; beyond it the client loads a fresh page.',
    1,
    1_000_000,
    10_000,
  ),
  APPEND_QUEUE_MESSAGES_MAX: whole(
    'Messages that may wait to be committed; beyond it senders are told to try again.',
    1,
    1_000_000,
    20_000,
  ),

  LOG_FORMAT: oneOf('How the log is written: pretty or json.', ['pretty', 'json'], { fallback: 'pretty' }),
  LOG_LEVEL: oneOf('How much is logged: debug, info, warn or error.', ['debug', 'info', 'warn', 'error'], {
    fallback: 'info',
  }),
} as const

export type SettingName = keyof typeof SETTINGS
export type SettingValues = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never
}

/** The text of `.env.example`. */
export function envExample(): string {
  const lines = ['# Every setting of Glasshouse, with its default. Copy to .env and change what you need.', '']
  for (const [name, { about, fallback }] of Object.entries(SETTINGS)) {
    if (about !== '') lines.push(`# ${about}`)
    lines.push(fallback === '' ? `# ${name}=` : `# ${name}=${fallback}`)
    if (about !== '' && !name.startsWith('GLASSHOUSE_ADMIN')) lines.push('')
    if (name === 'GLASSHOUSE_ADMIN_PASSWORD') lines.push('')
  }
  return lines.join('\n').trimEnd() + '\n'
}
