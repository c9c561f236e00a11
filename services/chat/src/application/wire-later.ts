/** What is to happen later, from records of the store to what goes over the wire. */
import {
  ERRORS,
  userStream,
  type ChangeFrame,
  type ErrorCode,
  type Reminder,
  type ScheduledMessage,
} from '@glasshouse/contracts'
import type { UserId } from '@glasshouse/kernel'
import type { StoredReminder, StoredScheduled } from './later-ports.ts'

export function toScheduled(stored: StoredScheduled): ScheduledMessage {
  const { id, channelId, threadId, content, sendAtMs, state, reason } = stored
  return {
    id,
    channel_id: channelId,
    ...(threadId === undefined ? {} : { thread_id: threadId }),
    content,
    send_at: new Date(sendAtMs).toISOString(),
    state,
    ...(reason === undefined ? {} : { reason: { code: reason, message: meaningOf(reason) } }),
  }
}

/** A code of another version of this program may be none of ours. */
function meaningOf(code: string): string {
  const known: Readonly<Record<string, { readonly message: string }>> = ERRORS
  const own: Partial<Record<ErrorCode, string>> = {
    not_found: 'You can no longer write there, or it is gone.',
    'permission.denied': 'You can no longer write there.',
    'message.thread_not_found': 'The message to which this is a reply is gone.',
  }
  return own[code as ErrorCode] ?? known[code]?.message ?? 'It could not be sent.'
}

export function scheduledChanged(userId: UserId, stored: StoredScheduled): ChangeFrame {
  const { changedSeq } = stored
  return { type: 'scheduled_changed', stream: userStream(userId), changed_seq: changedSeq, ...toScheduled(stored) }
}

export function toReminder({ messageId, channelId, remindAtMs, state }: StoredReminder): Reminder {
  return { message_id: messageId, channel_id: channelId, remind_at: new Date(remindAtMs).toISOString(), state }
}

export function reminderChanged(userId: UserId, stored: StoredReminder): ChangeFrame {
  const { changedSeq } = stored
  return { type: 'reminder_changed', stream: userStream(userId), changed_seq: changedSeq, ...toReminder(stored) }
}
