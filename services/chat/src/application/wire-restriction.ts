/** Mutes and bans, from records of the store to what goes over the wire. */
import { userStream, type ChangeFrame, type Restriction } from '@glasshouse/contracts'
import type { UserId } from '@glasshouse/kernel'
import { UNDO_MS } from '../domain/moderated-message.ts'
import type { StoredRestriction } from './restriction-ports.ts'
import type { NameOf } from './wire.ts'

export function toRestriction(stored: StoredRestriction, nameOf: NameOf): Restriction {
  const { kind, channelId, userId, terms, changedAtMs } = stored
  const [about, setBy] = [nameOf(userId), nameOf(terms.setBy)]
  const isEndless = terms.untilMs === undefined || terms.untilMs === Number.POSITIVE_INFINITY
  const restriction: Restriction = {
    kind,
    channel_id: channelId,
    user_id: userId,
    username: about.username,
    display_name: about.displayName,
    state: terms.untilMs === undefined ? 'lifted' : 'in_force',
    until: isEndless ? null : timestamp(terms.untilMs),
    set_by: { id: terms.setBy, username: setBy.username, display_name: setBy.displayName },
    set_at: timestamp(terms.setAtMs),
    changed_at: timestamp(changedAtMs),
  }
  if (terms.reason !== null) restriction.reason = terms.reason
  if (stored.undoableSinceMs !== undefined) restriction.undo_until = timestamp(stored.undoableSinceMs + UNDO_MS)
  return restriction
}

export function restrictionChanged(
  userId: UserId,
  changedSeq: number,
  restriction: Restriction,
): Extract<ChangeFrame, { type: 'restriction_changed' }> {
  return { type: 'restriction_changed', stream: userStream(userId), changed_seq: changedSeq, ...restriction }
}

export function usersOfRestrictions(stored: readonly StoredRestriction[]): Set<UserId> {
  return new Set(stored.flatMap(({ userId, terms }) => [userId, terms.setBy]))
}

function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
