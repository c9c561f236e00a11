import { channelStream, failure, type Caller, type ChannelSnapshot, type Failure } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { requireRead, viewerId } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toChannel } from './wire.ts'

export async function getChannel(
  { ports }: ChatContext,
  caller: Caller | undefined,
  channelId: ChannelId,
): Promise<Result<ChannelSnapshot, Failure>> {
  const permitted = await requireRead(ports, caller, channelId)
  if (!permitted.ok) return permitted
  const found = await ports.channels.find(channelId, viewerId(caller))
  if (found === undefined) return err(failure('not_found'))
  return ok({ ...toChannel(found.channel, ports.settings), stream: channelStream(channelId), seq: found.head })
}
