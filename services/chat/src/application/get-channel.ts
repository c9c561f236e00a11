import type { Caller, ChannelSnapshot, Failure } from '@glasshouse/contracts'
import type { ChannelId, Result } from '@glasshouse/kernel'
import { requireRead, viewerId } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { readChannel } from './read-channel.ts'

export async function getChannel(
  context: ChatContext,
  caller: Caller | undefined,
  channelId: ChannelId,
): Promise<Result<ChannelSnapshot, Failure>> {
  const permitted = await requireRead(context.ports, caller, channelId)
  return permitted.ok ? readChannel(context, channelId, viewerId(caller)) : permitted
}
