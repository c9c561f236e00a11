import { channelStream, failure, type ChannelSnapshot, type Failure } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import { toRestriction, usersOfRestrictions } from './wire-restriction.ts'
import { toChannel, usersOfChannels } from './wire.ts'

/** A channel as this viewer sees it, who was asked for their permission before. */
export async function readChannel(
  { ports, names }: ChatContext,
  channelId: ChannelId,
  viewerId: UserId | undefined,
): Promise<Result<ChannelSnapshot, Failure>> {
  const found = await ports.channels.find(channelId, viewerId)
  if (found === undefined) return err(failure('not_found'))
  const restriction =
    found.restricted && viewerId !== undefined ? await ports.restrictions.inForce(channelId, viewerId) : undefined
  const people = usersOfRestrictions(restriction === undefined ? [] : [restriction])
  const nameOf = await names.find(new Set([...usersOfChannels([found.channel]), ...people]))
  return ok({
    ...toChannel(found.channel, { settings: ports.settings, nameOf }),
    stream: channelStream(channelId),
    seq: found.head,
    ...(restriction === undefined ? {} : { restriction: toRestriction(restriction, nameOf) }),
  })
}
