/** Presence, as it goes over the wire. */
import type { CustomStatus as SentStatus, OwnStatus, Presence } from '@glasshouse/contracts'
import type { UserId } from '@glasshouse/kernel'
import type { CustomStatus } from '../domain/custom-status.ts'
import type { ShownPresence } from '../domain/shown-presence.ts'
import type { OwnSettings } from './presence-ports.ts'

function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

function toStatus({ emoji, text, untilMs }: CustomStatus): SentStatus {
  const status: SentStatus = { text }
  if (emoji !== undefined) status.emoji = emoji
  if (untilMs !== undefined) status.until = timestamp(untilMs)
  return status
}

export function toPresence(userId: UserId, shown: ShownPresence): Presence {
  const presence: Presence = { user_id: userId, state: shown.state }
  if (shown.status !== undefined) presence.status = toStatus(shown.status)
  if (shown.doNotDisturbUntilMs !== undefined) presence.do_not_disturb_until = timestamp(shown.doNotDisturbUntilMs)
  if (shown.lastSeenAtMs !== undefined) presence.last_seen_at = timestamp(shown.lastSeenAtMs)
  return presence
}

export function toOwnStatus({ status, doNotDisturbUntilMs, lastSeenVisible }: OwnSettings): OwnStatus {
  return {
    status: status === undefined ? null : toStatus(status),
    do_not_disturb_until: doNotDisturbUntilMs === undefined ? null : timestamp(doNotDisturbUntilMs),
    last_seen_visible_to: lastSeenVisible ? 'everybody' : 'nobody',
  }
}
