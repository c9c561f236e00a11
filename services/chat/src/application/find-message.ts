import { failure, type Caller, type Failure, type Message } from '@glasshouse/contracts'
import { err, type MessageId, type Result } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import { getMessage } from './get-message.ts'

/** What a permalink leads to: the message with its channel and seq. Who may not read it learns nothing, not even that there is one. */
export async function findMessage(
  context: ChatContext,
  caller: Caller | undefined,
  messageId: MessageId,
): Promise<Result<Message, Failure>> {
  const channelId = await context.ports.reader.channelOf(messageId)
  if (channelId !== undefined) return getMessage(context, caller, { channelId, messageId })
  return err(failure(caller === undefined ? 'auth.required' : 'not_found'))
}
