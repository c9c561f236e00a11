import type { TimelineMessage } from '@glasshouse/client'
import { dayKey, dayLabel } from './message-time.ts'

/** Messages of one author within this time stand under one name. */
const GROUP_GAP_MS = 5 * 60_000

/** One row of the list: a message, with the day's line above it when it is the first of its day. */
export interface MessageRow {
  /** The same for a message that is on its way and for what the server made of it, so that it is not drawn anew. */
  readonly key: string
  readonly message: TimelineMessage
  /** The day on which it was written, in the zone of the viewer. */
  readonly date: string
  /** The day's label, when this is its first message that is held. */
  readonly day: string | undefined
  /** Shows its author and time: the first of a group. */
  readonly first: boolean
  /** The line above it says that from here on it is new. */
  readonly isNew: boolean
}

interface RowOptions {
  readonly timeZone: string
  readonly nowMs: number
  /** The first message that is new. */
  readonly newFrom?: number | undefined
  /** Whether the first of the messages is the first that there is. */
  readonly reachesStart?: boolean
}

/**
 * The rows of a list of messages, oldest first. A row equals that of `previous` by identity where nothing about it changed; `previous`
 * must be of the same zone.
 */
export function messageRows(
  messages: readonly TimelineMessage[],
  options: RowOptions,
  previous: ReadonlyMap<string, MessageRow> = new Map(),
): readonly MessageRow[] {
  const { newFrom, reachesStart = false } = options
  let dateBefore = ''
  let before: TimelineMessage | undefined
  let wasNew = false
  return messages.map((message) => {
    const key = rowKey(message)
    const known = previous.get(key)
    // Finding the day is most of the work, and a long list is made anew with each message.
    const date = known?.message === message ? known.date : dayKey(message.timestamp, options.timeZone)
    const newDay = date !== dateBefore
    // What is new may begin before the first of those that are held: then the line does not stand among them.
    const isNewNow = newFrom !== undefined && message.seq >= newFrom
    const isNew = isNewNow && !wasNew && (before !== undefined || reachesStart || message.seq === newFrom)
    wasNew ||= isNewNow
    const first = newDay || isNew || !continues(before, message)
    const label = newDay ? dayLabel(message.timestamp, options.timeZone, options.nowMs) : undefined
    dateBefore = date
    before = message
    if (known?.message === message && known.first === first && known.day === label && known.isNew === isNew)
      return known
    return { key, message, date, day: label, first, isNew }
  })
}

/** Names a message before and after it has its id. Two people may use the same client_id. */
export function rowKey(message: Pick<TimelineMessage, 'id' | 'user_id' | 'client_id'>): string {
  return message.client_id === undefined ? message.id : `${message.user_id}/${message.client_id}`
}

function continues(before: TimelineMessage | undefined, message: TimelineMessage): boolean {
  if (before === undefined || before.user_id !== message.user_id || before.bot !== message.bot) return false
  // Two imported bots may share an account and differ by name.
  if (before.display_name !== message.display_name) return false
  const gapMs = Date.parse(message.timestamp) - Date.parse(before.timestamp)
  return gapMs >= 0 && gapMs < GROUP_GAP_MS
}
