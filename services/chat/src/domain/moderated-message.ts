/** What becomes of a message that moderators look at: decided here, by what the store knows under the lock of its channel. */
import { err, ok, type Result, type UserId } from '@glasshouse/kernel'
import { moderates, type Changer } from './message-change.ts'
import type { ChannelRole } from './membership.ts'
import type { ChannelType } from './channel-access.ts'

/**
 * `pending`: held, never seen by others, or taken back. `reported`: it stands in the channel, and somebody says that it should not.
 * `visible`: approved, or kept. `removed`: it stands there no more, or never did.
 */
export type ModerationStatus = 'pending' | 'reported' | 'visible' | 'removed'

export const UNDO_MS = 60_000

export interface ModeratedState {
  readonly authorId: UserId
  readonly status: ModerationStatus
  readonly statusBefore: ModerationStatus | null
  readonly decidedBy: UserId | null
  readonly decidedAtMs: number | null
  /** Its text is gone: its author deleted it. */
  readonly deleted: boolean
  readonly channel: {
    readonly type: ChannelType
    readonly archived: boolean
    /** What who asks is in it; undefined for no member. */
    readonly role: ChannelRole | undefined
  }
}

export type ModerationRequest =
  { readonly kind: 'approve' | 'remove'; readonly reason: string | null } | { readonly kind: 'undo' }

/** What is to be stored. */
export interface ModerationStep {
  readonly from: ModerationStatus
  readonly to: ModerationStatus
  /** What happens to it in the channel. */
  readonly effect: 'post' | 'take_out' | 'none'
  readonly request: ModerationRequest
}

export type ModerationRefusal =
  | { readonly kind: 'not_found' | 'not_moderator' | 'archived' | 'nothing_to_undo' | 'too_late' }
  | { readonly kind: 'decided'; readonly by: UserId; readonly status: ModerationStatus; readonly atMs: number }

/** Whether others than its author and the moderators see it. */
export function stands(status: ModerationStatus): boolean {
  return status === 'visible' || status === 'reported'
}

/** In a conversation nobody moderates: what is reported there is for administrators, that message and no other. */
function isForAdministrator({ status, decidedBy, channel }: ModeratedState, by: Changer): boolean {
  const isConversation = channel.type === 'direct' || channel.type === 'group'
  return isConversation && by.moderatesPublic && (status === 'reported' || decidedBy !== null)
}

export function decideModeration(
  state: ModeratedState,
  request: ModerationRequest,
  { by, nowMs }: { readonly by: Changer; readonly nowMs: number },
): Result<ModerationStep, ModerationRefusal> {
  if (!moderates(by, state.channel) && !isForAdministrator(state, by)) return err({ kind: 'not_moderator' })
  if (state.deleted) return err({ kind: 'not_found' })
  const to = request.kind === 'undo' ? undone(state, nowMs) : decided(state, request.kind)
  if (!to.ok) return to
  const effect = stands(to.value) === stands(state.status) ? 'none' : stands(to.value) ? 'post' : 'take_out'
  // An archived channel stands still, but for what has to go.
  if (effect === 'post' && state.channel.archived) return err({ kind: 'archived' })
  return ok({ from: state.status, to: to.value, effect, request })
}

/** What waits can be decided, and what was never decided about can be removed. */
function decided(
  { status, decidedBy, decidedAtMs }: ModeratedState,
  kind: 'approve' | 'remove',
): Result<ModerationStatus, ModerationRefusal> {
  const waits = status === 'pending' || status === 'reported'
  if (!waits && decidedBy !== null && decidedAtMs !== null) {
    return err({ kind: 'decided', by: decidedBy, status, atMs: decidedAtMs })
  }
  if (kind === 'remove') return ok('removed')
  return waits ? ok('visible') : err({ kind: 'not_found' })
}

function undone(
  { statusBefore, decidedAtMs }: ModeratedState,
  nowMs: number,
): Result<ModerationStatus, ModerationRefusal> {
  if (statusBefore === null || decidedAtMs === null) return err({ kind: 'nothing_to_undo' })
  return nowMs - decidedAtMs > UNDO_MS ? err({ kind: 'too_late' }) : ok(statusBefore)
}
