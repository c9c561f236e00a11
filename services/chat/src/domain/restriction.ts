/** Who may mute or ban whom in a channel, and what comes of it: decided by the facts of one moment, under the lock of the channel's head. */
import { err, ok, type Result, type UserId } from '@glasshouse/kernel'
import { isConversation, type ChannelType } from './channel-access.ts'
import { actingRole, type ChannelRole, type MembershipRights } from './membership.ts'
import { UNDO_MS } from './moderated-message.ts'
import { isPlannable } from './planned-time.ts'

export type RestrictionKind = 'mute' | 'ban'

export interface RestrictionTerms {
  /** Milliseconds since 1970; Infinity: until somebody lifts it. */
  readonly untilMs: number
  readonly reason: string | null
  readonly setBy: UserId
  readonly setAtMs: number
}

/** What a change of it replaced. */
export interface RestrictionBefore {
  /** Undefined when none was in force. */
  readonly terms: RestrictionTerms | undefined
  /** What a ban took from the person. */
  readonly role: ChannelRole | undefined
  /** When it took that, where a later change of the ban carries it on. */
  readonly takenAtMs?: number
}

export interface RestrictionFacts {
  readonly type: ChannelType
  readonly archived: boolean
  /** Of those two; whoever is missing is no member. */
  readonly roles: ReadonlyMap<UserId, ChannelRole>
  readonly targetIsAdmin: boolean
  /** What was set last, over or not; undefined when none ever was, or when it was lifted. */
  readonly terms: RestrictionTerms | undefined
  readonly undoable: { readonly before: RestrictionBefore; readonly changedAtMs: number } | undefined
  readonly nowMs: number
}

export type RestrictionRequest =
  | { readonly kind: 'set'; readonly untilMs: number; readonly reason: string | null }
  | { readonly kind: 'lift' }
  | { readonly kind: 'undo' }

/** What is to be stored. */
export interface RestrictionStep {
  readonly request: RestrictionRequest['kind']
  /** What is in force from now on; undefined for nothing. */
  readonly terms: RestrictionTerms | undefined
  /** What undoing would bring back; undefined when this cannot be undone. */
  readonly before: RestrictionBefore | undefined
  /** The person is put out of the channel, or comes back as what they were. */
  readonly membership: { readonly state: 'left' } | { readonly state: 'joined'; readonly role: ChannelRole } | undefined
}

export type RestrictionFault =
  /** For who asks there is no such channel. */
  | 'hidden'
  | 'not_allowed'
  /** Whom it is about stands as high as who asks, or higher. */
  | 'not_above'
  | 'archived'
  /** A conversation keeps its people. */
  | 'fixed'
  | 'not_plannable'
  | 'nothing_to_undo'
  | 'too_late'

export interface RestrictionTarget {
  readonly userId: UserId
  readonly kind: RestrictionKind
}

function isInForce(terms: RestrictionTerms | undefined, nowMs: number): terms is RestrictionTerms {
  return terms !== undefined && terms.untilMs > nowMs
}

interface Taken {
  readonly role: ChannelRole
  readonly takenAtMs: number
}

/** What a ban took from the person, while it can be undone. */
function takenBy({ undoable, nowMs }: RestrictionFacts): Taken | undefined {
  if (undoable?.before.role === undefined) return undefined
  const { role, takenAtMs = undoable.changedAtMs } = undoable.before
  return nowMs - takenAtMs > UNDO_MS ? undefined : { role, takenAtMs }
}

/** Since when it can be undone: what is undone to the time before a ban, since that ban. */
function undoableSince(before: RestrictionBefore, changedAtMs: number): number {
  return before.terms === undefined ? (before.takenAtMs ?? changedAtMs) : changedAtMs
}

export function decideRestriction(
  facts: RestrictionFacts,
  rights: MembershipRights,
  { target, request }: { readonly target: RestrictionTarget; readonly request: RestrictionRequest },
): Result<RestrictionStep | 'unchanged', RestrictionFault> {
  const acting = actingRole(facts, rights)
  if (!acting.ok) return err('hidden')
  if (isConversation(facts.type)) return err('fixed')
  if (!rights.may(acting.value, 'member.restrict')) return err('not_allowed')
  const lost = request.kind === 'undo' ? facts.undoable?.before.role : takenBy(facts)?.role
  const isPublic = facts.type === 'public'
  const actorRank = isPublic && rights.administersPublic ? ADMIN_RANK : rankOf(acting.value)
  const targetRank =
    isPublic && facts.targetIsAdmin ? ADMIN_RANK : Math.max(rankOf(facts.roles.get(target.userId)), rankOf(lost))
  if (actorRank <= targetRank) return err('not_above')
  if (facts.archived) return err('archived')
  switch (request.kind) {
    case 'set':
      return set(facts, { target, request, setBy: rights.actorId })
    case 'lift':
      if (!isInForce(facts.terms, facts.nowMs)) return ok('unchanged')
      return ok({
        request: 'lift',
        terms: undefined,
        before: { terms: facts.terms, role: undefined },
        membership: undefined,
      })
    case 'undo':
      return undo(facts, target)
  }
}

function set(
  facts: RestrictionFacts,
  asked: {
    readonly target: RestrictionTarget
    readonly request: Extract<RestrictionRequest, { kind: 'set' }>
    readonly setBy: UserId
  },
): Result<RestrictionStep | 'unchanged', RestrictionFault> {
  const { nowMs } = facts
  const { target, setBy } = asked
  const { untilMs, reason } = asked.request
  if (untilMs !== Number.POSITIVE_INFINITY && !isPlannable(untilMs, nowMs)) return err('not_plannable')
  const now = isInForce(facts.terms, nowMs) ? facts.terms : undefined
  const role = target.kind === 'ban' ? facts.roles.get(target.userId) : undefined
  // Whoever came in by another door is put out again.
  if (now?.untilMs === untilMs && now.reason === reason && role === undefined) return ok('unchanged')
  const taken = target.kind === 'ban' && role === undefined && now !== undefined ? takenBy(facts) : undefined
  return ok({
    request: 'set',
    terms: { untilMs, reason, setBy, setAtMs: nowMs },
    before: { terms: now, role, ...taken },
    membership: role === undefined ? undefined : { state: 'left' },
  })
}

function undo(
  facts: RestrictionFacts,
  { userId, kind }: RestrictionTarget,
): Result<RestrictionStep | 'unchanged', RestrictionFault> {
  const { undoable, nowMs } = facts
  if (undoable === undefined) return err('nothing_to_undo')
  const { before, changedAtMs } = undoable
  if (nowMs - undoableSince(before, changedAtMs) > UNDO_MS) return err('too_late')
  const terms = isInForce(before.terms, nowMs) ? before.terms : undefined
  const taken = kind === 'ban' ? takenBy(facts) : undefined
  const isIn = facts.roles.has(userId)
  if (kind === 'ban' && terms !== undefined) {
    // The ban that stands again can be undone as well, as long as it could have been.
    const first = isIn || before.takenAtMs === undefined ? undefined : taken
    const restored = first === undefined ? undefined : { terms: undefined, ...first }
    return ok({ request: 'undo', terms, before: restored, membership: isIn ? { state: 'left' } : undefined })
  }
  const membership = taken === undefined || isIn ? undefined : ({ state: 'joined', role: taken.role } as const)
  return ok({ request: 'undo', terms, before: undefined, membership })
}

const RANKS: Readonly<Record<ChannelRole, number>> = { member: 0, moderator: 1, owner: 2 }
/** In public channels administrators stand above their owners. */
const ADMIN_RANK = 3

/** Whoever is not in the channel stands as its members do. */
function rankOf(role: ChannelRole | undefined): number {
  return role === undefined ? 0 : RANKS[role]
}
