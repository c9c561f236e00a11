import { failure, type Caller, type EditMessageRequest, type Failure, type Message } from '@glasshouse/contracts'
import { err, type Result } from '@glasshouse/kernel'
import { explainMessageContentFault, parseMessageContent } from '../domain/message-content.ts'
import { moderates } from '../domain/message-change.ts'
import { rulesBroken } from '../domain/moderation-rules.ts'
import { mentionNamesOf, requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { changerOf, type MessageChanger, type MessagePath } from './change-message.ts'

/** Replaces the text of one's own message; what it said before is kept for moderators. */
export async function editMessage(
  context: ChatContext,
  { changer, caller }: { readonly changer: MessageChanger; readonly caller: Caller | undefined },
  { content: text, ...path }: MessagePath & EditMessageRequest,
): Promise<Result<Message, Failure>> {
  const content = parseMessageContent(text)
  if (!content.ok) {
    return err(failure('request.invalid', { path: 'content', message: explainMessageContentFault(content.error) }))
  }
  // What would wait for a moderator as a new message must not come in by an edit.
  const { heldWords } = await context.rules.of(path.channelId)
  if (heldWords !== undefined && rulesBroken(content.value, heldWords).length > 0) {
    const readable = await requireRead(context.ports, caller, path.channelId)
    if (!readable.ok) return readable
    const decides = caller !== undefined && moderates(changerOf(caller), readable.value)
    if (!decides) return err(failure('message.would_be_held', { path: 'content' }))
  }
  const mentionNames = mentionNamesOf(content.value, caller)
  const request = { kind: 'edit', content: content.value, mentionNames } as const
  return changer.change(caller, path, { permission: 'message.change_own', request })
}
