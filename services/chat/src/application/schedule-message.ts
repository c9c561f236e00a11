import {
  failure,
  may,
  SCHEDULED_MAX,
  userStream,
  type Caller,
  type ChangeScheduledRequest,
  type Failure,
  type ScheduledList,
  type ScheduledMessage,
  type ScheduleMessageRequest,
} from '@glasshouse/contracts'
import { err, newId, ok, parseId, type ChannelId, type ClientId, type MessageId, type Result } from '@glasshouse/kernel'
import { explainMessageContentFault, parseMessageContent } from '../domain/message-content.ts'
import { isPlannable, PLANNED_TIME_RULE } from '../domain/planned-time.ts'
import { requirePermission, requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { explainRestriction } from './explain-restriction.ts'
import type { ScheduledChange } from './later-ports.ts'
import { parseTime } from './parse-time.ts'
import { REPLAYED_MAX } from './replayed-max.ts'
import { scheduledChanged, toScheduled } from './wire-later.ts'

const BOUNDS = { keptMax: SCHEDULED_MAX, replayedMax: REPLAYED_MAX }

/** Keeps a message that is sent for the caller later. Whether they may write there is asked again then. */
export async function scheduleMessage(
  context: ChatContext,
  caller: Caller | undefined,
  { channelId, ...request }: ScheduleMessageRequest & { readonly channelId: ChannelId },
): Promise<Result<{ readonly scheduled: ScheduledMessage; readonly isNew: boolean }, Failure>> {
  const { ports, changeRates } = context
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  const permitted = requirePermission(caller, 'message.schedule')
  if (!permitted.ok) return permitted
  const { userId, role } = permitted.value
  if (readable.value.role === undefined && !may(role, 'message.send_public')) return err(failure('permission.denied'))
  const { restricted: kind } = readable.value
  if (kind !== undefined) return err(await explainRestriction(context, { channelId, userId }, { kind, isSelf: true }))
  const within = changeRates.count(permitted.value)
  if (!within.ok) return within
  const content = parseContent(request.content)
  if (!content.ok) return content
  const sendAtMs = parsePlannedTime(request.send_at, 'send_at', ports.clock.nowMs())
  if (!sendAtMs.ok) return sendAtMs
  const threadId = request.thread_id === undefined ? undefined : parseId<MessageId>(request.thread_id)
  if (threadId !== undefined) {
    const root = (await ports.reader.message(channelId, threadId))?.message
    if (root === undefined || root.deleted || root.threadId !== null) {
      return err(failure('message.thread_not_found', { path: 'thread_id' }))
    }
  }
  const id = (request.client_id === undefined ? undefined : parseId<ClientId>(request.client_id)) ?? newId<ClientId>()
  const fresh = { id, channelId, threadId, content: content.value, sendAtMs: sendAtMs.value }
  const added = await ports.scheduled.add(userId, fresh, BOUNDS)
  if (!added.ok) return err(refusedAdd(added.error))
  const { scheduled, isNew } = added.value
  if (isNew) announce(context, caller, scheduled)
  return ok({ scheduled: toScheduled(scheduled), isNew })
}

export async function changeScheduled(
  context: ChatContext,
  caller: Caller | undefined,
  { id, content, send_at: sendAt }: ChangeScheduledRequest & { readonly id: ClientId },
): Promise<Result<ScheduledMessage, Failure>> {
  const parsed = content === undefined ? ok(undefined) : parseContent(content)
  if (!parsed.ok) return parsed
  const nowMs = context.ports.clock.nowMs()
  const sendAtMs = sendAt === undefined ? ok(undefined) : parsePlannedTime(sendAt, 'send_at', nowMs)
  if (!sendAtMs.ok) return sendAtMs
  return change(context, caller, { id, change: { kind: 'wait', content: parsed.value, sendAtMs: sendAtMs.value } })
}

export async function cancelScheduled(
  context: ChatContext,
  caller: Caller | undefined,
  id: ClientId,
): Promise<Result<ScheduledMessage, Failure>> {
  return change(context, caller, { id, change: { kind: 'cancel' } })
}

export async function sendScheduledNow(
  context: ChatContext,
  caller: Caller | undefined,
  id: ClientId,
): Promise<Result<ScheduledMessage, Failure>> {
  return change(context, caller, { id, change: { kind: 'now' } })
}

export async function listScheduled(
  { ports }: ChatContext,
  caller: Caller | undefined,
): Promise<Result<ScheduledList, Failure>> {
  const permitted = requirePermission(caller, 'message.schedule')
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const { userHead, scheduled } = await ports.scheduled.list(userId, SCHEDULED_MAX)
  return ok({ items: scheduled.map(toScheduled), stream: userStream(userId), seq: userHead })
}

async function change(
  context: ChatContext,
  caller: Caller | undefined,
  asked: { readonly id: ClientId; readonly change: ScheduledChange },
): Promise<Result<ScheduledMessage, Failure>> {
  const permitted = requirePermission(caller, 'message.schedule')
  if (!permitted.ok) return permitted
  const within = context.changeRates.count(permitted.value)
  if (!within.ok) return within
  const changed = await context.ports.scheduled.change(permitted.value.userId, asked.id, asked.change)
  if (changed === undefined) return err(failure('not_found'))
  if (!changed.ok) return err(failure('scheduled.sending'))
  announce(context, caller, changed.value)
  return ok(toScheduled(changed.value))
}

function refusedAdd(refusal: 'too_many' | 'conflict'): Failure {
  if (refusal === 'too_many') return failure('scheduled.too_many')
  return failure('scheduled.client_id_conflict', { path: 'client_id' })
}

function announce(
  { listeners, pokeRelay }: ChatContext,
  caller: Caller | undefined,
  scheduled: Parameters<typeof scheduledChanged>[1],
): void {
  if (caller === undefined) return
  pokeRelay()
  listeners.change(scheduledChanged(caller.userId, scheduled))
}

function parseContent(text: string): Result<string, Failure> {
  const parsed = parseMessageContent(text)
  if (parsed.ok) return parsed
  return err(failure('request.invalid', { path: 'content', message: explainMessageContentFault(parsed.error) }))
}

/** A time that something may be planned for. */
export function parsePlannedTime(text: string, path: string, nowMs: number): Result<number, Failure> {
  const timeMs = parseTime(text) ?? Number.NaN
  return isPlannable(timeMs, nowMs) ? ok(timeMs) : err(failure('request.invalid', { path, message: PLANNED_TIME_RULE }))
}
