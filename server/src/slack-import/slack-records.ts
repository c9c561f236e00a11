/** Users, channels and messages of an export, read out of JSON that may hold anything. */
import { err, ok, type Result } from '@glasshouse/kernel'
import { filledText, isRecord, recordOf, recordsOf, textOf, textsOf, type JsonRecord } from './json-value.ts'

export interface SlackUser {
  readonly id: string
  readonly teamId: string | undefined
  readonly name: string
  readonly displayName: string
  readonly email: string | null
  readonly bot: boolean
  readonly deleted: boolean
  /** The id under which this user's messages appear when a program posts them. */
  readonly botId: string | undefined
}

export interface SlackChannel {
  readonly id: string
  /** Also the name of its folder. */
  readonly name: string
  readonly description: string
  readonly createdAt: Date
  readonly archived: boolean
  readonly members: readonly string[]
}

/** Who wrote a message: a user's id, or a program's. */
export type SlackAuthor =
  | {
      readonly kind: 'user'
      readonly id: string
      readonly name: string | undefined
      readonly displayName: string | undefined
    }
  | { readonly kind: 'bot'; readonly botId: string | undefined; readonly name: string | undefined }

export interface SlackMessage {
  readonly record: JsonRecord
  readonly ts: SlackTime
  readonly author: SlackAuthor
  readonly threadTs: SlackTime | undefined
  readonly editedAtMs: number | undefined
  readonly reactions: readonly { readonly name: string; readonly users: readonly string[] }[]
}

/** `1559806290.108100`: seconds and microseconds. The text as a whole names a message within its channel. */
export interface SlackTime {
  readonly text: string
  /** Microseconds since 1970; exact, since it stays below 2^53 until the year 2255. */
  readonly us: number
}

const ID = /^[A-Za-z0-9]{1,64}$/
const NAME_CHARACTERS_MAX = 80
const DISPLAY_NAME_CHARACTERS_MAX = 200
const EMAIL_CHARACTERS_MAX = 254
const REACTIONS_MAX = 1000

const cut = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : Array.from(text).slice(0, charactersMax).join('')
const idOf = (record: JsonRecord, key: string): string | undefined => {
  const id = record[key]
  return typeof id === 'string' && ID.test(id) ? id : undefined
}

export function parseUser(value: unknown): Result<SlackUser, string> {
  if (!isRecord(value)) return err('is not a user: not an object')
  const id = idOf(value, 'id')
  if (id === undefined) return err('is not a user: it has no id')
  const profile = recordOf(value, 'profile') ?? {}
  const name = handle(filledText(value, 'name') ?? filledText(profile, 'display_name') ?? id)
  const shown =
    filledText(profile, 'display_name') ?? filledText(profile, 'real_name') ?? filledText(value, 'real_name') ?? name
  const email = filledText(profile, 'email')
  return ok({
    id,
    teamId: idOf(value, 'team_id'),
    name,
    displayName: cut(shown, DISPLAY_NAME_CHARACTERS_MAX),
    email:
      email !== undefined && /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= EMAIL_CHARACTERS_MAX ? email : null,
    bot: value['is_bot'] === true || id === 'USLACKBOT',
    deleted: value['deleted'] === true,
    botId: idOf(profile, 'bot_id'),
  })
}

/** A name that can be mentioned: without blanks and control characters. */
export function handle(name: string): string {
  return cut(name.replaceAll(/[\s\p{Cc}]+/gu, '-').replaceAll(/^[-@]+|-$/g, ''), NAME_CHARACTERS_MAX) || 'user'
}

export function parseChannel(value: unknown): Result<SlackChannel, string> {
  if (!isRecord(value)) return err('is not a channel: not an object')
  const id = idOf(value, 'id')
  if (id === undefined) return err('is not a channel: it has no id')
  const name = filledText(value, 'name')
  if (name === undefined) return err('is not a channel: it has no name')
  const created = value['created']
  const purpose = filledText(recordOf(value, 'purpose') ?? {}, 'value')
  const topic = filledText(recordOf(value, 'topic') ?? {}, 'value')
  return ok({
    id,
    name,
    description: purpose ?? topic ?? '',
    createdAt: new Date(typeof created === 'number' && created >= 0 && created < 1e10 ? created * 1000 : 0),
    archived: value['is_archived'] === true,
    members: textsOf(value, 'members'),
  })
}

/** Kinds of message that somebody wrote. All others are notes of Slack's own: who joined, what the topic became. */
const WRITTEN = new Set([
  'thread_broadcast',
  'reply_broadcast',
  'me_message',
  'bot_message',
  'file_share',
  'file_comment',
  'file_mention',
  'slackbot_response',
])

export type ParsedMessage =
  | { readonly kind: 'message'; readonly message: SlackMessage }
  | { readonly kind: 'left_out'; readonly what: string }
  | { readonly kind: 'broken'; readonly what: string }

const broken = (what: string): ParsedMessage => ({ kind: 'broken', what })

export function parseMessage(value: unknown): ParsedMessage {
  if (!isRecord(value)) return broken('is not a message: not an object')
  if (typeof value['type'] !== 'string') return broken('is not a message: it has no type')
  if (value['type'] !== 'message') return { kind: 'left_out', what: kindName(`type ${value['type']}`) }
  const subtype = value['subtype']
  if (subtype !== undefined && subtype !== null && typeof subtype !== 'string')
    return broken('has a subtype that is not a text')
  const threadTs = value['thread_ts'] === undefined ? undefined : parseTime(value['thread_ts'])
  // A message that was deleted in Slack still holds its replies together.
  const heldThread = subtype === 'tombstone' && threadTs !== undefined
  if (typeof subtype === 'string' && !WRITTEN.has(subtype) && !heldThread)
    return { kind: 'left_out', what: kindName(subtype) }
  const ts = parseTime(value['ts'])
  if (ts === undefined) return broken('has no time ("ts") or not a valid one')
  if (value['thread_ts'] !== undefined && threadTs === undefined)
    return broken('has a thread ("thread_ts") that is not a time')
  const text = value['text']
  if (text !== undefined && text !== null && typeof text !== 'string') return broken('has a "text" that is not a text')
  const author = authorOf(value)
  if (author === undefined) return broken('has neither a user nor a bot')
  const edited = recordOf(value, 'edited')
  const editedAt = edited === undefined ? undefined : parseTime(edited['ts'])
  return {
    kind: 'message',
    message: {
      record: value,
      ts,
      author,
      threadTs: threadTs === undefined || threadTs.us === ts.us ? undefined : threadTs,
      editedAtMs: editedAt === undefined ? undefined : Math.floor(editedAt.us / 1000),
      reactions: recordsOf(value, 'reactions')
        .slice(0, REACTIONS_MAX)
        .map((reaction) => ({
          name: textOf(reaction, 'name') ?? '',
          users: textsOf(reaction, 'users').filter((id) => ID.test(id)),
        }))
        .filter(({ name, users }) => name !== '' && users.length > 0),
    },
  }
}

/** Whether an object that was found in a damaged file is a message, and not a part of one. */
export function looksLikeMessage(value: unknown): boolean {
  return isRecord(value) && typeof value['type'] === 'string' && typeof value['ts'] === 'string'
}

export function looksNamed(value: unknown): boolean {
  return isRecord(value) && typeof value['id'] === 'string' && typeof value['name'] === 'string'
}

/** Names of kinds come from the export: they are counted by name, so they are kept short. */
const kindName = (name: string): string => name.slice(0, 60)

const TIME = /^(\d{1,10})(?:\.(\d{1,6}))?$/

export function parseTime(value: unknown): SlackTime | undefined {
  const match = typeof value === 'string' ? TIME.exec(value) : null
  if (match === null) return undefined
  const [text, seconds = '', fraction = ''] = match
  return { text, us: Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, '0')) }
}

function authorOf(message: JsonRecord): SlackAuthor | undefined {
  const user = idOf(message, 'user') ?? idOf(recordOf(message, 'comment') ?? {}, 'user')
  const profile = recordOf(message, 'user_profile') ?? {}
  if (user !== undefined) {
    return {
      kind: 'user',
      id: user,
      name: filledText(profile, 'name') ?? filledText(profile, 'display_name'),
      displayName: filledText(profile, 'display_name') ?? filledText(profile, 'real_name'),
    }
  }
  const botId = idOf(message, 'bot_id')
  const name = filledText(message, 'username') ?? filledText(recordOf(message, 'bot_profile') ?? {}, 'name')
  if (botId !== undefined || name !== undefined) return { kind: 'bot', botId, name }
  // What Slack says itself has an author in its own name.
  return message['subtype'] === 'tombstone'
    ? { kind: 'user', id: 'USLACKBOT', name: 'slackbot', displayName: 'Slackbot' }
    : undefined
}
