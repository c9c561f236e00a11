import { failure, type Caller, type Failure, type MessageEditList } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { moderates } from '../domain/message-change.ts'
import { moderatesPublicChannels, requirePermission, requireRead } from './authorize.ts'
import type { MessagePath } from './change-message.ts'
import type { ChatContext } from './context.ts'

/** The texts that edits of a message replaced, oldest first: for those who moderate its channel. */
export async function listMessageEdits(
  { ports }: ChatContext,
  caller: Caller | undefined,
  { channelId, messageId }: MessagePath,
): Promise<Result<MessageEditList, Failure>> {
  const readable = requireRead(caller, channelId, ports.settings.lobbyAccess)
  if (!readable.ok) return readable
  const permitted = requirePermission(caller, 'channel.read_public')
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const [found, place] = await Promise.all([
    ports.reader.message(channelId, messageId),
    ports.channels.find(channelId, userId),
  ])
  if (found?.message === undefined || found.message.deleted || place === undefined) return err(failure('not_found'))
  const by = { userId, moderatesAll: moderatesPublicChannels(permitted.value) }
  if (!moderates(by, place.channel)) return err(failure('permission.denied'))
  const edits = await ports.reader.edits(messageId)
  return ok({
    items: edits.map(({ content, writtenAtMs }) => ({ content, timestamp: new Date(writtenAtMs).toISOString() })),
  })
}
