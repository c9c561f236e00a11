/** What moderators do with messages, and what the others may ask of it. */
import {
  failure,
  may,
  PAGE_LIMIT_DEFAULT,
  type Caller,
  type DecideRequest,
  type Failure,
  type HeldMessages,
  type ModeratedMessage,
  type ModerationQueue,
  type ReportRequest,
} from '@glasshouse/contracts'
import { err, ok, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import { moderates } from '../domain/message-change.ts'
import { decideModeration, type ModerationRefusal, type ModerationRequest } from '../domain/moderated-message.ts'
import { formatTimeCursor, parseTimeCursor } from '../domain/time-cursor.ts'
import { requirePermission, requireRead } from './authorize.ts'
import { changerOf, type MessagePath } from './change-message.ts'
import type { ChatContext } from './context.ts'
import type { AppendRefusal, StoredModeration, StreamAdvance } from './ports.ts'
import { readReason } from './read-reason.ts'
import { toModeratedMessage, usersOfModeration, type ModerationView } from './wire-moderation.ts'

/** One's own that wait or were removed; more are not shown. */
const OWN_HELD_MAX = 50

/** What waits for the caller. Whoever moderates nothing has no queue. */
export async function readModerationQueue(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  query: { readonly channelId: ChannelId | undefined; readonly limit?: number; readonly cursor?: string },
): Promise<Result<ModerationQueue, Failure>> {
  const permitted = requirePermission(caller, 'moderation.decide')
  if (!permitted.ok) return permitted
  const { userId, role } = permitted.value
  const publicToo = may(role, 'message.moderate_public')
  const { channelId, limit = PAGE_LIMIT_DEFAULT, cursor } = query
  if (channelId !== undefined) {
    const readable = await requireRead(ports, caller, channelId)
    if (!readable.ok) return readable
    if (!moderates(changerOf(permitted.value), readable.value)) return err(failure('permission.denied'))
  } else if (!publicToo && !(await ports.moderation.moderatesAny(userId))) return err(failure('permission.denied'))
  const after = cursor === undefined ? undefined : parseTimeCursor(cursor)
  if (cursor !== undefined && after === undefined) {
    return err(failure('request.invalid', { path: 'cursor', message: 'cursor: is not one that a list answered with.' }))
  }
  const found = await ports.moderation.queue({ userId, publicToo, channelId, after, limit: limit + 1 })
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const nameOf = await names.find(usersOfModeration(shown))
  return ok({
    items: shown.map((message) => toModeratedMessage(message, nameOf, 'moderator')),
    next:
      found.length > limit && last !== undefined ? formatTimeCursor({ timeMs: last.queuedAtMs, id: last.id }) : null,
  })
}

/**
 * For the moderators of its channel, and for its author what was held or is removed; for all others it is not there. So nobody finds out
 * here that they were reported.
 */
export async function getModeratedMessage(
  context: ChatContext,
  caller: Caller | undefined,
  messageId: MessageId,
): Promise<Result<ModeratedMessage, Failure>> {
  const permitted = requirePermission(caller, 'moderation.decide')
  if (!permitted.ok) return permitted
  const { ports } = context
  const where = await ports.moderation.whereIs(messageId)
  const message = where && (await ports.moderation.find(messageId))
  if (where === undefined || message === undefined) return err(failure('not_found'))
  const decides = await requireDecides(context, permitted.value, where)
  if (!decides.ok) return decides
  const isModerator = decides.value
  const wasHeld = message.heldFor.length > 0 || message.status === 'removed'
  const isOwn = message.userId === permitted.value.userId && wasHeld && !message.letGo
  if (!isModerator && !isOwn) return err(failure('not_found'))
  return ok(await show(context, message, isModerator ? 'moderator' : 'author'))
}

export async function decideMessage(
  context: ChatContext,
  caller: Caller | undefined,
  { messageId, decision: kind, reason: text }: DecideRequest & { readonly messageId: MessageId },
): Promise<Result<ModeratedMessage, Failure>> {
  const reason = readReason(text)
  if (!reason.ok) return reason
  if (kind === 'remove' && reason.value === null) {
    return err(failure('request.invalid', { path: 'reason', message: 'reason: say why it is removed.' }))
  }
  return change(context, caller, { messageId, request: { kind, reason: reason.value } })
}

export function undoDecision(
  context: ChatContext,
  caller: Caller | undefined,
  messageId: MessageId,
): Promise<Result<ModeratedMessage, Failure>> {
  return change(context, caller, { messageId, request: { kind: 'undo' } })
}

/** Whether they decide about this message; refuses for whom it is not there. Administrators need not be in a conversation for that. */
async function requireDecides(
  { ports }: ChatContext,
  caller: Caller,
  { channelId, forAdministrators }: { readonly channelId: ChannelId; readonly forAdministrators: boolean },
): Promise<Result<boolean, Failure>> {
  const by = changerOf(caller)
  if (forAdministrators && by.moderatesPublic) return ok(true)
  const readable = await requireRead(ports, caller, channelId)
  return readable.ok ? ok(moderates(by, readable.value)) : readable
}

/** permitted -> within the rate limit -> decided and stored under the channel's lock -> told -> answered */
async function change(
  context: ChatContext,
  caller: Caller | undefined,
  { messageId, request }: { readonly messageId: MessageId; readonly request: ModerationRequest },
): Promise<Result<ModeratedMessage, Failure>> {
  const permitted = requirePermission(caller, 'moderation.decide')
  if (!permitted.ok) return permitted
  const { ports, changeRates } = context
  const where = await ports.moderation.whereIs(messageId)
  if (where === undefined) return err(failure('not_found'))
  const decides = await requireDecides(context, permitted.value, where)
  if (!decides.ok) return decides
  if (!decides.value) return err(failure('permission.denied'))
  const { channelId } = where
  const by = changerOf(permitted.value)
  const within = changeRates.count(permitted.value)
  if (!within.ok) return within
  const nowMs = ports.clock.nowMs()
  const changed = await ports.moderation.change({ channelId, messageId, userId: by.userId }, (state) =>
    state === undefined
      ? err<ModerationRefusal>({ kind: 'not_found' })
      : decideModeration(state, request, { by, nowMs }),
  )
  if (!changed.ok) {
    const { error } = changed
    return err(error.kind === 'cannot_post' ? cannotPost(error.why) : await toFailure(context, error))
  }
  tell(context, changed.value.advances)
  return ok(await show(context, changed.value.message, 'moderator'))
}

/** Tells the moderators of a message that stands. Its author is not told. */
export async function reportMessage(
  context: ChatContext,
  caller: Caller | undefined,
  { channelId, messageId, reason: text }: MessagePath & ReportRequest,
): Promise<Result<void, Failure>> {
  const { ports, changeRates } = context
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  const permitted = requirePermission(caller, 'message.report')
  if (!permitted.ok) return permitted
  const reason = readReason(text)
  if (!reason.ok) return reason
  const within = changeRates.count(permitted.value)
  if (!within.ok) return within
  const { userId } = permitted.value
  const reported = await ports.moderation.report({ channelId, messageId, userId }, reason.value)
  if (reported === undefined) return err(failure('not_found'))
  tell(context, reported.advances)
  return ok()
}

/** The caller's own messages in a channel that are not in it. */
export async function listOwnHeld(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  channelId: ChannelId,
): Promise<Result<HeldMessages, Failure>> {
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  const permitted = requirePermission(caller, 'message.send_member')
  if (!permitted.ok) return permitted
  const held = await ports.moderation.ownHeld(channelId, permitted.value.userId, OWN_HELD_MAX)
  const nameOf = await names.find(usersOfModeration(held))
  return ok({ items: held.map((message) => toModeratedMessage(message, nameOf, 'author')) })
}

/** After the commit. It is rare, so whoever watches reads it. */
export function tell({ listeners, pokeRelay }: ChatContext, advances: readonly StreamAdvance[]): void {
  if (advances.length === 0) return
  pokeRelay()
  listeners.advanced(advances)
}

async function show(
  { names }: ChatContext,
  message: StoredModeration,
  view: ModerationView,
): Promise<ModeratedMessage> {
  return toModeratedMessage(message, await names.find(usersOfModeration([message])), view)
}

async function toFailure({ names }: ChatContext, refusal: ModerationRefusal): Promise<Failure> {
  switch (refusal.kind) {
    case 'not_found':
      return failure('not_found')
    case 'not_moderator':
      return failure('permission.denied')
    case 'archived':
      return failure('channel.archived')
    case 'nothing_to_undo':
      return failure('moderation.not_undoable', { message: 'There is no decision to undo.' })
    case 'too_late':
      return failure('moderation.not_undoable', { message: 'A decision can be undone within a minute. That is over.' })
    case 'decided': {
      const { displayName } = (await names.find(new Set([refusal.by])))(refusal.by)
      const what = refusal.status === 'removed' ? 'removed' : 'approved'
      return failure('moderation.decided', { message: `${displayName} has ${what} this message already.` })
    }
  }
}

function cannotPost(why: AppendRefusal | 'conflict'): Failure {
  switch (why) {
    case 'no_channel':
      return failure('not_found')
    case 'archived':
      return failure('channel.archived')
    case 'thread_not_found':
      return failure('moderation.cannot_post', { message: 'The message to which this is a reply is gone.' })
    case 'conflict':
      return failure('moderation.cannot_post', { message: 'Its author has sent another message in its place.' })
    case 'outside':
      return failure('moderation.cannot_post')
    case 'muted':
    case 'banned':
      return failure('moderation.cannot_post', { message: `Its author is ${why} here. Lift that first.` })
  }
}
