import { failure, type Caller, type Failure, type MessageEditList } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { moderates } from '../domain/message-change.ts'
import { requirePermission, requireRead } from './authorize.ts'
import { changerOf, type MessagePath } from './change-message.ts'
import type { ChatContext } from './context.ts'

/** The texts that edits of a message replaced, oldest first: for those who moderate its channel. */
export async function listMessageEdits(
  { ports }: ChatContext,
  caller: Caller | undefined,
  { channelId, messageId }: MessagePath,
): Promise<Result<MessageEditList, Failure>> {
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  const permitted = requirePermission(caller, 'message.change_own')
  if (!permitted.ok) return permitted
  const found = await ports.reader.message(channelId, messageId)
  if (found?.message === undefined || found.message.deleted) return err(failure('not_found'))
  if (!moderates(changerOf(permitted.value), readable.value)) return err(failure('permission.denied'))
  const edits = await ports.reader.edits(messageId)
  return ok({
    items: edits.map(({ content, writtenAtMs }) => ({ content, timestamp: new Date(writtenAtMs).toISOString() })),
  })
}
