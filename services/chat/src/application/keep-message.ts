import { failure, SAVED_MAX, type Caller, type Failure } from '@glasshouse/contracts'
import { err, ok, type Result, type UserId } from '@glasshouse/kernel'
import { withFollowing } from '../domain/read-state.ts'
import { announceOwn } from './announce-own.ts'
import { requirePermission, requireRead } from './authorize.ts'
import type { MessagePath } from './change-message.ts'
import type { ChatContext } from './context.ts'
import type { StoredMessage } from './ports.ts'
import { REPLAYED_MAX } from './replayed-max.ts'
import { savedChanged } from './wire-own.ts'

/** Follows a thread or not, by its root or any of its replies. */
export async function setThreadFollowing(
  context: ChatContext,
  caller: Caller | undefined,
  asked: MessagePath & { readonly following: boolean },
): Promise<Result<void, Failure>> {
  const found = await findKept(context, caller, asked)
  if (!found.ok) return found
  const { message, userId } = found.value
  const rootId = message.threadId ?? message.id
  const threads = await context.ports.readStates.changeThreads(userId, [rootId], (state, { head }) =>
    withFollowing(state, asked.following, head),
  )
  announceOwn(context, userId, { threads })
  return ok()
}

/** Keeps a message for the caller alone, or no more. */
export async function setMessageSaved(
  context: ChatContext,
  caller: Caller | undefined,
  asked: MessagePath & { readonly saved: boolean },
): Promise<Result<void, Failure>> {
  const found = await findKept(context, caller, asked)
  if (!found.ok) return found
  const { message, userId } = found.value
  const { personal } = context.ports
  if (asked.saved && message.deleted) return err(failure('not_found'))
  const changed = asked.saved
    ? await personal.save(userId, message.id, { savedMax: SAVED_MAX })
    : ok(await personal.unsave(userId, message.id, { replayedMax: REPLAYED_MAX }))
  if (!changed.ok) return err(failure('message.too_many_saved'))
  if (changed.value !== undefined) {
    context.pokeRelay()
    context.listeners.change(savedChanged(userId, { ...changed.value, channelId: message.channelId }))
  }
  return ok()
}

/** The message, when the caller may read it and is not too fast. What is left of a deleted one counts while it has replies. */
async function findKept(
  { ports, changeRates }: ChatContext,
  caller: Caller | undefined,
  { channelId, messageId }: MessagePath,
): Promise<Result<{ readonly message: StoredMessage; readonly userId: UserId }, Failure>> {
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  const permitted = requirePermission(caller, 'message.keep')
  if (!permitted.ok) return permitted
  const within = changeRates.count(permitted.value)
  if (!within.ok) return within
  const message = (await ports.reader.message(channelId, messageId))?.message
  if (message === undefined || (message.deleted && message.replyCount === 0)) return err(failure('not_found'))
  return ok({ message, userId: permitted.value.userId })
}
