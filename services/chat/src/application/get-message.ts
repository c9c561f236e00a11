import { failure, type Caller, type Failure, type Message } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import { requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toMessage, usersOf } from './wire.ts'

export async function getMessage(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  { channelId, messageId }: { readonly channelId: ChannelId; readonly messageId: MessageId },
): Promise<Result<Message, Failure>> {
  const permitted = await requireRead(ports, caller, channelId)
  if (!permitted.ok) return permitted
  const found = await ports.reader.message(channelId, messageId)
  if (found?.message === undefined || found.message.deleted) return err(failure('not_found'))
  return ok(toMessage(found.message, await names.find(usersOf([found.message]))))
}
