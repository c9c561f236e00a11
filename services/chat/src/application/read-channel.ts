import { channelStream, failure, type ChannelSnapshot, type Failure } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import { toChannel, usersOfChannels } from './wire.ts'

/** A channel as this viewer sees it, who was asked for their permission before. */
export async function readChannel(
  { ports, names }: ChatContext,
  channelId: ChannelId,
  viewerId: UserId | undefined,
): Promise<Result<ChannelSnapshot, Failure>> {
  const found = await ports.channels.find(channelId, viewerId)
  if (found === undefined) return err(failure('not_found'))
  const naming = { settings: ports.settings, nameOf: await names.find(usersOfChannels([found.channel])) }
  return ok({ ...toChannel(found.channel, naming), stream: channelStream(channelId), seq: found.head })
}
