/** What mutes and bans need of the store. */
import type { StreamName } from '@glasshouse/contracts'
import type { ChannelId, Result, UserId } from '@glasshouse/kernel'
import type { MembershipChange } from '../domain/membership.ts'
import type {
  RestrictionFacts,
  RestrictionFault,
  RestrictionKind,
  RestrictionStep,
  RestrictionTarget,
  RestrictionTerms,
} from '../domain/restriction.ts'
import type { TimePosition } from '../domain/time-cursor.ts'

export interface StoredRestriction {
  readonly id: string
  readonly channelId: ChannelId
  readonly userId: UserId
  readonly kind: RestrictionKind
  /** As set the last time; `untilMs` undefined when that was lifted. */
  readonly terms: Omit<RestrictionTerms, 'untilMs'> & { readonly untilMs: number | undefined }
  readonly changedAtMs: number
  /** Undefined when there is nothing to undo; until when is the domain's. */
  readonly undoableSinceMs: number | undefined
}

export interface RestrictionChange {
  /** Undefined when nothing was ever set, and nothing was asked to be. */
  readonly restriction: StoredRestriction | undefined
  /** With their places in the channel's stream and in the person's own. */
  readonly memberships: readonly (MembershipChange & { readonly changedSeq: number; readonly userSeq: number })[]
  /** The own streams that it moved besides. */
  readonly advances: readonly { readonly stream: StreamName; readonly head: number }[]
}

export interface RestrictionStore {
  /**
   * Decides under the lock of the channel's head, and stores what was decided in one transaction: until when, the membership, who is told,
   * and the audit log. Undefined when there is no such channel.
   */
  change(
    asked: RestrictionTarget & { readonly channelId: ChannelId; readonly actorId: UserId },
    decide: (facts: RestrictionFacts) => Result<RestrictionStep | 'unchanged', RestrictionFault>,
  ): Promise<Result<RestrictionChange, RestrictionFault> | undefined>
  /** What is in force now: a ban before a mute. */
  inForce(channelId: ChannelId, userId: UserId): Promise<StoredRestriction | undefined>
  /** Those in force, what was set last first. */
  list(query: {
    readonly channelId: ChannelId
    readonly kind: RestrictionKind | undefined
    readonly before: TimePosition | undefined
    readonly limit: number
  }): Promise<readonly StoredRestriction[]>
}
