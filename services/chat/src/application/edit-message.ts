import { failure, type Caller, type EditMessageRequest, type Failure, type Message } from '@glasshouse/contracts'
import { err, type Result } from '@glasshouse/kernel'
import { explainMessageContentFault, parseMessageContent } from '../domain/message-content.ts'
import { mentionNamesOf } from './authorize.ts'
import type { MessageChanger, MessagePath } from './change-message.ts'

/** Replaces the text of one's own message; what it said before is kept for moderators. */
export async function editMessage(
  changer: MessageChanger,
  caller: Caller | undefined,
  { content: text, ...path }: MessagePath & EditMessageRequest,
): Promise<Result<Message, Failure>> {
  const content = parseMessageContent(text)
  if (!content.ok) {
    return err(failure('request.invalid', { path: 'content', message: explainMessageContentFault(content.error) }))
  }
  const mentionNames = mentionNamesOf(content.value, caller)
  const request = { kind: 'edit', content: content.value, mentionNames } as const
  return changer.change(caller, path, { permission: 'message.change_own', request })
}
