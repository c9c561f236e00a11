/** Mutes and bans: moderators of a channel keep somebody from writing in it, or out of it, for a while. */
import {
  failure,
  PAGE_LIMIT_DEFAULT,
  type Caller,
  type Failure,
  type Restriction,
  type RestrictionList,
  type RestrictRequest,
} from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { moderates } from '../domain/message-change.ts'
import { PLANNED_TIME_RULE } from '../domain/planned-time.ts'
import {
  decideRestriction,
  type RestrictionFault,
  type RestrictionKind,
  type RestrictionRequest,
} from '../domain/restriction.ts'
import { formatTimeCursor, parseTimeCursor } from '../domain/time-cursor.ts'
import { announceMemberships } from './announce-memberships.ts'
import { requirePermission, requireRead } from './authorize.ts'
import { rightsOf, type NamedMember } from './change-membership.ts'
import { changerOf } from './change-message.ts'
import type { ChatContext } from './context.ts'
import { findPeople } from './find-people.ts'
import { tell } from './moderate.ts'
import { parseTime } from './parse-time.ts'
import { readReason } from './read-reason.ts'
import type { StoredRestriction } from './restriction-ports.ts'
import { toRestriction, usersOfRestrictions } from './wire-restriction.ts'

export interface NamedRestriction extends NamedMember {
  readonly kind: RestrictionKind
}

/** Sets it, or sets another end. */
export async function restrictMember(
  context: ChatContext,
  caller: Caller | undefined,
  { until, reason: text, ...named }: NamedRestriction & RestrictRequest,
): Promise<Result<Restriction, Failure>> {
  const reason = readReason(text)
  if (!reason.ok) return reason
  const untilMs = until === null ? Number.POSITIVE_INFINITY : (parseTime(until) ?? Number.NaN)
  const request = { kind: 'set', untilMs, reason: reason.value } as const
  return required(context, await change(context, caller, { ...named, request }))
}

export async function liftRestriction(
  context: ChatContext,
  caller: Caller | undefined,
  named: NamedRestriction,
): Promise<Result<void, Failure>> {
  const lifted = await change(context, caller, { ...named, request: { kind: 'lift' } })
  return lifted.ok ? ok() : lifted
}

export async function undoRestriction(
  context: ChatContext,
  caller: Caller | undefined,
  named: NamedRestriction,
): Promise<Result<Restriction, Failure>> {
  return required(context, await change(context, caller, { ...named, request: { kind: 'undo' } }))
}

/** permitted -> within the rate limit -> decided and stored under the channel's lock -> told -> answered */
async function change(
  context: ChatContext,
  caller: Caller | undefined,
  { request, ...target }: NamedRestriction & { readonly request: RestrictionRequest },
): Promise<Result<StoredRestriction | undefined, Failure>> {
  const permitted = requirePermission(caller, 'member.change')
  if (!permitted.ok) return permitted
  const within = context.changeRates.count(permitted.value)
  if (!within.ok) return within
  const { channelId, userId, kind } = target
  // Who there is, everybody who is signed in may know; whether the channel is there, they may not.
  const people = await findPeople(context, [userId], () => 'user_id')
  const rights = rightsOf(permitted.value, channelId)
  const asked = { ...target, actorId: permitted.value.userId }
  const changed = await context.ports.restrictions.change(asked, (facts) => {
    const decided = decideRestriction(facts, rights, { target: { userId, kind }, request })
    return decided.ok && !people.ok ? ok('unchanged') : decided
  })
  if (changed === undefined) return err(failure('not_found'))
  if (!changed.ok) return err(toFailure(changed.error))
  if (!people.ok) return people
  await announceMemberships(context, channelId, changed.value.memberships)
  tell(context, changed.value.advances)
  return ok(changed.value.restriction)
}

/** What is in force in a channel, for those who moderate it. */
export async function listRestrictions(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  query: {
    readonly channelId: ChannelId
    readonly kind?: RestrictionKind
    readonly limit?: number
    readonly cursor?: string
  },
): Promise<Result<RestrictionList, Failure>> {
  const { channelId, kind, limit = PAGE_LIMIT_DEFAULT, cursor } = query
  const permitted = requirePermission(caller, 'moderation.decide')
  if (!permitted.ok) return permitted
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  if (!moderates(changerOf(permitted.value), readable.value)) return err(failure('permission.denied'))
  const before = cursor === undefined ? undefined : parseTimeCursor(cursor)
  if (cursor !== undefined && before === undefined) {
    return err(failure('request.invalid', { path: 'cursor', message: 'cursor: is not one that a list answered with.' }))
  }
  const found = await ports.restrictions.list({ channelId, kind, before, limit: limit + 1 })
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const nameOf = await names.find(usersOfRestrictions(shown))
  return ok({
    items: shown.map((each) => toRestriction(each, nameOf)),
    next:
      found.length > limit && last !== undefined ? formatTimeCursor({ timeMs: last.terms.setAtMs, id: last.id }) : null,
  })
}

async function required(
  { names }: ChatContext,
  changed: Result<StoredRestriction | undefined, Failure>,
): Promise<Result<Restriction, Failure>> {
  if (!changed.ok) return changed
  const { value } = changed
  return value === undefined
    ? err(failure('not_found'))
    : ok(toRestriction(value, await names.find(usersOfRestrictions([value]))))
}

function toFailure(fault: RestrictionFault): Failure {
  switch (fault) {
    case 'hidden':
      return failure('not_found')
    case 'not_allowed':
      return failure('permission.denied', { message: 'Your role in this channel does not allow this.' })
    case 'not_above':
      return failure('permission.denied', { message: 'Only who stands above somebody in this channel may do this.' })
    case 'archived':
      return failure('channel.archived')
    case 'fixed':
      return failure('channel.fixed')
    case 'not_plannable':
      return failure('request.invalid', { path: 'until', message: `until: ${PLANNED_TIME_RULE} Or null.` })
    case 'nothing_to_undo':
      return failure('moderation.not_undoable', { message: 'There is nothing to undo.' })
    case 'too_late':
      return failure('moderation.not_undoable', { message: 'This can be undone within a minute. That is over.' })
  }
}
