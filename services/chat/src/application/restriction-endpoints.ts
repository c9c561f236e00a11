import { endpoint, failure, ROUTES, type Endpoint, type Failure } from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import type { RestrictionKind } from '../domain/restriction.ts'
import type { ChatContext } from './context.ts'
import {
  liftRestriction,
  listRestrictions,
  restrictMember,
  undoRestriction,
  type NamedRestriction,
} from './restrict-member.ts'

const nothing = err(failure('not_found'))

interface PersonPath {
  readonly channel_id: string
  readonly user_id: string
}

/** The routes by which moderators mute and ban. */
export function restrictionEndpoints(context: ChatContext): readonly Endpoint[] {
  return [
    endpoint(ROUTES.muteMember, async ({ caller, params, body }) => {
      const named = parsePath(params, 'mute')
      return named === undefined ? nothing : answer(await restrictMember(context, caller, { ...named, ...body }))
    }),
    endpoint(ROUTES.liftMute, async ({ caller, params }) => {
      const named = parsePath(params, 'mute')
      return named === undefined ? nothing : done(await liftRestriction(context, caller, named))
    }),
    endpoint(ROUTES.undoMute, async ({ caller, params }) => {
      const named = parsePath(params, 'mute')
      return named === undefined ? nothing : answer(await undoRestriction(context, caller, named))
    }),
    endpoint(ROUTES.banMember, async ({ caller, params, body }) => {
      const named = parsePath(params, 'ban')
      return named === undefined ? nothing : answer(await restrictMember(context, caller, { ...named, ...body }))
    }),
    endpoint(ROUTES.liftBan, async ({ caller, params }) => {
      const named = parsePath(params, 'ban')
      return named === undefined ? nothing : done(await liftRestriction(context, caller, named))
    }),
    endpoint(ROUTES.undoBan, async ({ caller, params }) => {
      const named = parsePath(params, 'ban')
      return named === undefined ? nothing : answer(await undoRestriction(context, caller, named))
    }),
    endpoint(ROUTES.listRestrictions, async ({ caller, params, query }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined
        ? nothing
        : answer(await listRestrictions(context, caller, { ...query, channelId }))
    }),
  ]
}

function parsePath(params: PersonPath, kind: RestrictionKind): NamedRestriction | undefined {
  const channelId = parseId<ChannelId>(params.channel_id)
  const userId = parseId<UserId>(params.user_id)
  return channelId === undefined || userId === undefined ? undefined : { channelId, userId, kind }
}

function answer<Body>(
  result: Result<Body, Failure>,
): Result<{ readonly status: number; readonly body: Body }, Failure> {
  return result.ok ? ok({ status: 200, body: result.value }) : result
}

function done(result: Result<void, Failure>): Result<{ readonly status: number }, Failure> {
  return result.ok ? ok({ status: 204 }) : result
}
