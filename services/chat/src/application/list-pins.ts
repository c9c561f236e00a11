import { channelStream, failure, type Caller, type Failure, type PinList } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toMessage, usersOf } from './wire.ts'

/** The pinned messages of a channel, the newest pin first. */
export async function listPins(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  channelId: ChannelId,
): Promise<Result<PinList, Failure>> {
  const permitted = await requireRead(ports, caller, channelId)
  if (!permitted.ok) return permitted
  const found = await ports.reader.pins(channelId)
  if (found === undefined) return err(failure('not_found'))
  const nameOf = await names.find(usersOf(found.messages))
  const items = found.messages.map((message) => toMessage(message, nameOf))
  return ok({ items, stream: channelStream(channelId), seq: found.head })
}
