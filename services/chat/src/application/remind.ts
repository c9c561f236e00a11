import {
  failure,
  REMINDERS_MAX,
  userStream,
  type Caller,
  type Failure,
  type Reminder,
  type ReminderList,
} from '@glasshouse/contracts'
import { err, ok, type MessageId, type Result } from '@glasshouse/kernel'
import { openChannels, requirePermission, requireRead } from './authorize.ts'
import type { MessagePath } from './change-message.ts'
import type { ChatContext } from './context.ts'
import { REPLAYED_MAX } from './replayed-max.ts'
import { parsePlannedTime } from './schedule-message.ts'
import { reminderChanged, toReminder } from './wire-later.ts'
import { toMessage, usersOf } from './wire.ts'

/** Reminds the caller of a message that they may read; said again, it moves the time. */
export async function setReminder(
  context: ChatContext,
  caller: Caller | undefined,
  { channelId, messageId, remindAt }: MessagePath & { readonly remindAt: string },
): Promise<Result<Reminder, Failure>> {
  const { ports, changeRates } = context
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  const permitted = requirePermission(caller, 'message.keep')
  if (!permitted.ok) return permitted
  const within = changeRates.count(permitted.value)
  if (!within.ok) return within
  const remindAtMs = parsePlannedTime(remindAt, 'remind_at', ports.clock.nowMs())
  if (!remindAtMs.ok) return remindAtMs
  const message = (await ports.reader.message(channelId, messageId))?.message
  if (message === undefined || message.deleted) return err(failure('not_found'))
  const { userId } = permitted.value
  const reminder = { messageId, channelId, remindAtMs: remindAtMs.value }
  const open = openChannels(permitted.value)
  const set = await ports.reminders.set(userId, reminder, { openMax: REMINDERS_MAX, open, replayedMax: REPLAYED_MAX })
  if (!set.ok) return err(failure('reminder.too_many'))
  context.pokeRelay()
  context.listeners.change(reminderChanged(userId, set.value))
  return ok(toReminder(set.value))
}

/** Whether it was due or not; once more changes nothing. */
export async function finishReminder(
  { ports, changeRates, listeners, pokeRelay }: ChatContext,
  caller: Caller | undefined,
  messageId: MessageId,
): Promise<Result<void, Failure>> {
  const permitted = requirePermission(caller, 'message.keep')
  if (!permitted.ok) return permitted
  const within = changeRates.count(permitted.value)
  if (!within.ok) return within
  const { userId } = permitted.value
  const finished = await ports.reminders.finish(userId, messageId)
  if (finished === undefined) return ok()
  pokeRelay()
  listeners.change(reminderChanged(userId, finished))
  return ok()
}

export async function listReminders(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
): Promise<Result<ReminderList, Failure>> {
  const permitted = requirePermission(caller, 'message.keep')
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const open = openChannels(permitted.value)
  const { userHead, reminders } = await ports.reminders.list(userId, { open, limit: REMINDERS_MAX })
  const nameOf = await names.find(usersOf(reminders.map(({ message }) => message)))
  const items = reminders.map(({ reminder, message }) => {
    return { ...toReminder(reminder), message: toMessage(message, nameOf) }
  })
  return ok({ items, stream: userStream(userId), seq: userHead })
}
