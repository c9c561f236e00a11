import {
  channelStream,
  failure,
  PAGE_LIMIT_DEFAULT,
  type Caller,
  type Failure,
  type Thread,
} from '@glasshouse/contracts'
import { err, ok, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import { requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toMessage, usersOf } from './wire.ts'

export interface ThreadQuery {
  readonly channelId: ChannelId
  /** The root, or any of its replies. */
  readonly messageId: MessageId
  readonly limit?: number
  readonly cursor?: string
}

/** A thread's root and a page of its replies, oldest first. The cursor is the seq of the last one that was shown. */
export async function readThread(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  query: ThreadQuery,
): Promise<Result<Thread, Failure>> {
  const { channelId, messageId, cursor } = query
  const permitted = await requireRead(ports, caller, channelId)
  if (!permitted.ok) return permitted
  if (cursor !== undefined && !/^[1-9]\d{0,14}$/.test(cursor)) {
    return err(failure('request.invalid', { path: 'cursor', message: 'cursor: is not one that a list answered with.' }))
  }

  const asked = await ports.reader.message(channelId, messageId)
  if (asked?.message === undefined || (asked.message.deleted && asked.message.threadId !== null))
    return err(failure('not_found'))
  const { threadId } = asked.message
  const root = threadId === null ? asked.message : (await ports.reader.message(channelId, threadId))?.message
  // Replies stay when their root is deleted; without any, nothing is left of the thread.
  if (root === undefined || (root.deleted && root.replyCount === 0)) return err(failure('not_found'))

  const limit = query.limit ?? PAGE_LIMIT_DEFAULT
  const afterSeq = cursor === undefined ? 0 : Number(cursor)
  const found = await ports.reader.replies({ rootId: root.id, afterSeq, limit: limit + 1 })
  const shown = found.slice(0, limit)
  const nameOf = await names.find(usersOf([root, ...shown]))
  const following = caller === undefined ? {} : { following: await ports.personal.isFollowing(caller.userId, root.id) }
  return ok({
    root: toMessage(root, nameOf),
    ...following,
    items: shown.map((message) => toMessage(message, nameOf)),
    next: found.length > limit ? String(shown.at(-1)?.seq ?? afterSeq) : null,
    stream: channelStream(channelId),
    seq: asked.head,
  })
}
