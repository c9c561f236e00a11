import type { CustomStatus } from './custom-status.ts'
import type { LiveState } from './device-presence.ts'

/** What a person has set, and when they were last active. Times are wall clock. */
export interface PresenceRecord {
  readonly status: CustomStatus | undefined
  readonly doNotDisturbUntilMs: number | undefined
  readonly lastSeenVisible: boolean
  readonly lastSeenAtMs: number | undefined
}

/** Of whom nothing is known. */
export const NO_RECORD: PresenceRecord = {
  status: undefined,
  doNotDisturbUntilMs: undefined,
  lastSeenVisible: true,
  lastSeenAtMs: undefined,
}

export interface ShownPresence {
  readonly state: LiveState | 'do_not_disturb'
  readonly status: CustomStatus | undefined
  readonly doNotDisturbUntilMs: number | undefined
  readonly lastSeenAtMs: number | undefined
}

/** What has ended is gone from it. */
export function stillSet(record: PresenceRecord, nowMs: number): PresenceRecord {
  const { status, doNotDisturbUntilMs } = record
  return {
    ...record,
    status: status?.untilMs !== undefined && status.untilMs <= nowMs ? undefined : status,
    doNotDisturbUntilMs:
      doNotDisturbUntilMs !== undefined && doNotDisturbUntilMs > nowMs ? doNotDisturbUntilMs : undefined,
  }
}

/** A person as everybody may see them. Who is offline is so, whatever they have set: nobody is there to be disturbed. */
export function shownPresence(record: PresenceRecord, live: LiveState, nowMs: number): ShownPresence {
  const { status, doNotDisturbUntilMs, lastSeenVisible, lastSeenAtMs } = stillSet(record, nowMs)
  return {
    state: live !== 'offline' && doNotDisturbUntilMs !== undefined ? 'do_not_disturb' : live,
    status,
    doNotDisturbUntilMs,
    lastSeenAtMs: lastSeenVisible && live !== 'active' ? lastSeenAtMs : undefined,
  }
}
