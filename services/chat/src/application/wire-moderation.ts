/** Messages under moderation, from records of the store to what goes over the wire. */
import { userStream, type AuditEntry, type ChangeFrame, type ModeratedMessage } from '@glasshouse/contracts'
import type { UserId } from '@glasshouse/kernel'
import { stands, UNDO_MS } from '../domain/moderated-message.ts'
import type { AuditRecord, StoredModeration } from './ports.ts'
import { newPoll, type NameOf } from './wire.ts'

/** Its author sees what became of what was held or removed; who reported it, and that somebody did, is for the moderators. */
export type ModerationView = 'author' | 'moderator'

export function toModeratedMessage(stored: StoredModeration, nameOf: NameOf, view: ModerationView): ModeratedMessage {
  const { username, displayName } = nameOf(stored.userId)
  // A report forgets the decision before it, so of what stands its author is told nothing that a report changes.
  const standsForAuthor = view === 'author' && stands(stored.status)
  const message: ModeratedMessage = {
    id: stored.id,
    channel_id: stored.channelId,
    seq: stored.seq,
    user_id: stored.userId,
    username,
    display_name: displayName,
    content: stored.content,
    timestamp: timestamp(standsForAuthor ? (stored.sentAtMs ?? stored.queuedAtMs) : stored.queuedAtMs),
    status: standsForAuthor ? 'visible' : stored.status,
    held_for: [...stored.heldFor],
    reports: view === 'author' ? 0 : stored.reportCount,
  }
  if (view === 'moderator' && stored.reportReasons.length > 0) message.report_reasons = [...stored.reportReasons]
  if (stored.clientId !== null) message.client_id = stored.clientId
  if (stored.poll !== undefined) message.poll = newPoll(stored.poll)
  if (stored.threadId !== null) message.thread_id = stored.threadId
  if (stored.letGo) message.deleted = true
  if (standsForAuthor) return message
  if (stored.decidedBy !== null && stored.decidedAtMs !== null) {
    message.decided_by = toName(stored.decidedBy, nameOf)
    message.decided_at = timestamp(stored.decidedAtMs)
    message.undo_until = timestamp(stored.decidedAtMs + UNDO_MS)
  }
  if (stored.reason !== null) message.reason = stored.reason
  return message
}

export function moderationChanged(
  userId: UserId,
  changedSeq: number,
  message: ModeratedMessage,
): Extract<ChangeFrame, { type: 'message_held' | 'message_decided' }> {
  const waits = message.status === 'pending' || message.status === 'reported'
  const type = waits ? 'message_held' : 'message_decided'
  return { type, stream: userStream(userId), changed_seq: changedSeq, ...message }
}

export function usersOfModeration(messages: readonly StoredModeration[]): Set<UserId> {
  return new Set(messages.flatMap(({ userId, decidedBy }) => (decidedBy === null ? [userId] : [userId, decidedBy])))
}

export function toAuditEntry(record: AuditRecord, nameOf: NameOf): AuditEntry {
  const { id, action, channelId, messageId, userId, reason, details } = record
  const entry: AuditEntry = { id, at: timestamp(record.atMs), actor: toName(record.actorId, nameOf), action }
  if (channelId !== null) entry.channel_id = channelId
  if (messageId !== null) entry.message_id = messageId
  if (userId !== null) entry.user = toName(userId, nameOf)
  if (reason !== null && reason !== '') entry.reason = reason
  if (details !== null) entry.details = { ...details }
  return entry
}

function toName(id: UserId, nameOf: NameOf): { id: string; username: string; display_name: string } {
  const { username, displayName } = nameOf(id)
  return { id, username, display_name: displayName }
}

function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
