import { failure, type Caller, type Failure, type Message, type PollVotes } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { requirePermission, requireRead } from './authorize.ts'
import type { MessageChanger, MessagePath } from './change-message.ts'
import type { ChatContext } from './context.ts'

/** Votes for these options, in the place of what the caller voted for before. */
export async function votePoll(
  { ports }: ChatContext,
  changer: MessageChanger,
  caller: Caller | undefined,
  { options: given, ...path }: MessagePath & PollVotes,
): Promise<Result<Message, Failure>> {
  const options = [...new Set(given)].toSorted((a, b) => a - b)
  const request = { kind: 'vote', options, nowMs: ports.clock.nowMs() } as const
  return changer.change(caller, path, { permission: 'message.vote', request })
}

/** What the caller voted for. The counts are in the message, and the same for all. */
export async function getPollVotes(
  { ports }: ChatContext,
  caller: Caller | undefined,
  { channelId, messageId }: MessagePath,
): Promise<Result<PollVotes, Failure>> {
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  const permitted = requirePermission(caller, 'message.vote')
  if (!permitted.ok) return permitted
  if ((await ports.reader.channelOf(messageId)) !== channelId) return err(failure('not_found'))
  const options = await ports.reader.votes(messageId, permitted.value.userId)
  return options === undefined ? err(failure('not_found')) : ok({ options: [...options] })
}
