import {
  failure,
  PAGE_LIMIT_DEFAULT,
  SAVED_MAX,
  userStream,
  type Caller,
  type Failure,
  type SavedIds,
  type SavedList,
  type ThreadList,
} from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { formatTimeCursor, parseTimeCursor, type TimePosition } from '../domain/time-cursor.ts'
import { openChannels, requirePermission, requireReads } from './authorize.ts'
import type { ChatContext } from './context.ts'
import type { StoredMessage } from './ports.ts'
import { toMessage, usersOf } from './wire.ts'

interface PageQuery {
  readonly limit?: number
  readonly cursor?: string
}

/** The threads that the caller follows, and may read. */
export async function listThreads(
  context: ChatContext,
  caller: Caller | undefined,
  query: PageQuery,
): Promise<Result<ThreadList, Failure>> {
  const asked = ask(caller, query)
  if (!asked.ok) return asked
  const { userId, after, limit, open } = asked.value
  const found = await context.ports.personal.threads(userId, { after, limit: limit + 1, open })
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const next = found.length > limit && last !== undefined ? { timeMs: last.lastReplyAtMs ?? 0, id: last.id } : undefined
  const mayRead = await readable(context, caller, shown)
  const readables = shown.filter(mayRead)
  const nameOf = await context.names.find(usersOf(readables))
  return ok({ items: readables.map((root) => toMessage(root, nameOf)), next: toNext(next) })
}

/** What the caller has saved, and may read. */
export async function listSaved(
  context: ChatContext,
  caller: Caller | undefined,
  query: PageQuery,
): Promise<Result<SavedList, Failure>> {
  const asked = ask(caller, query)
  if (!asked.ok) return asked
  const { userId, after, limit, open } = asked.value
  const found = await context.ports.personal.saved(userId, { after, limit: limit + 1, open })
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const next = found.length > limit && last !== undefined ? { timeMs: last.savedAtMs, id: last.message.id } : undefined
  const messages = shown.map(({ message }) => message)
  const mayRead = await readable(context, caller, messages)
  const nameOf = await context.names.find(usersOf(messages.filter(mayRead)))
  const items = shown
    .filter(({ message }) => mayRead(message))
    .map(({ message, savedAtMs }) => {
      return { message: toMessage(message, nameOf), saved_at: new Date(savedAtMs).toISOString() }
    })
  return ok({ items, next: toNext(next) })
}

/** Which messages the caller has saved, and may read: so a device knows it of each that it shows. */
export async function listSavedIds(
  { ports }: ChatContext,
  caller: Caller | undefined,
): Promise<Result<SavedIds, Failure>> {
  const permitted = requirePermission(caller, 'message.keep')
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const found = await ports.personal.savedIds(userId, { open: openChannels(permitted.value), limit: SAVED_MAX })
  return ok({ message_ids: [...found.messageIds], stream: userStream(userId), seq: found.userHead })
}

function ask(caller: Caller | undefined, { limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery) {
  const permitted = requirePermission(caller, 'message.keep')
  if (!permitted.ok) return permitted
  const after = cursor === undefined ? undefined : parseTimeCursor(cursor)
  if (cursor !== undefined && after === undefined) {
    return err(failure('request.invalid', { path: 'cursor', message: 'cursor: is not one that a list answered with.' }))
  }
  return ok({ userId: permitted.value.userId, after, limit, open: openChannels(permitted.value) })
}

function toNext(position: TimePosition | undefined): string | null {
  return position === undefined ? null : formatTimeCursor(position)
}

/** Asked for all channels at once: what was read may be theirs no more. */
async function readable(
  { ports }: ChatContext,
  caller: Caller | undefined,
  messages: readonly StoredMessage[],
): Promise<(message: StoredMessage) => boolean> {
  const channels = [...new Set<ChannelId>(messages.map(({ channelId }) => channelId))]
  const answers = channels.length === 0 ? [] : await requireReads(ports, caller, channels)
  const open = new Set(channels.filter((_, index) => answers[index]?.ok === true))
  return ({ channelId }) => open.has(channelId)
}
