import { failure, type Caller, type Failure, type ReadState as WireReadState } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import { withMark, withRead, type ReadState } from '../domain/read-state.ts'
import { announceOwn } from './announce-own.ts'
import { requireOwnChannel, requireOwnPlace } from './authorize-own.ts'
import type { ChatContext } from './context.ts'
import type { ReadFacts, StoredOwnChannel, StoredOwnThread } from './ports.ts'
import { toReadMark } from './wire-own.ts'

interface Place {
  readonly channelId: ChannelId
  /** The root of a thread that the caller follows; the channel itself without it. */
  readonly threadId: MessageId | undefined
  readonly seq: number
}

/** Everything up to `seq` was seen. */
export function markRead(
  context: ChatContext,
  caller: Caller | undefined,
  { unmark, ...place }: Place & { readonly unmark: number | undefined },
): Promise<Result<WireReadState, Failure>> {
  return change(context, caller, {
    place,
    decide: (state, { head }) => withRead(state, { seq: place.seq, unmark }, head),
  })
}

/** Everything from `seq` on is to be unread until the mark is undone. */
export function markUnread(
  context: ChatContext,
  caller: Caller | undefined,
  place: Place,
): Promise<Result<WireReadState, Failure>> {
  return change(context, caller, { place, decide: (state, { place: at }) => withMark(state, { seq: place.seq, at }) })
}

/** Everything that is there now was seen, and no mark holds any more. */
export async function markAllRead(context: ChatContext, caller: Caller | undefined): Promise<Result<void, Failure>> {
  const permitted = requireOwnPlace(context, caller)
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const { readStates } = context.ports
  const readAll = <State extends ReadState>(state: State, { head, place }: ReadFacts): State | undefined => {
    const read = withRead(state, { seq: head, unmark: place }, head)
    return read && { ...state, ...read }
  }
  const channels = await readStates.changeChannels(userId, 'all', readAll)
  const threads = await readStates.changeThreads(userId, 'followed', readAll)
  announceOwn(context, userId, { channels, threads })
  return ok()
}

interface ReadStateChange {
  readonly place: Place
  readonly decide: (state: ReadState, facts: ReadFacts) => ReadState | undefined
}

async function change(
  context: ChatContext,
  caller: Caller | undefined,
  { place: { channelId, threadId }, decide }: ReadStateChange,
): Promise<Result<WireReadState, Failure>> {
  const permitted = await requireOwnChannel(context, caller, channelId)
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const { readStates } = context.ports
  if (threadId === undefined) {
    const channels = await readStates.changeChannels(userId, [channelId], (state, facts) => {
      const decided = decide(state, facts)
      return decided && { ...state, ...decided }
    })
    announceOwn(context, userId, { channels })
    return answer(channels[0], undefined)
  }
  const threads = await readStates.changeThreads(userId, [threadId], (state, facts) => {
    const decided = state.following && facts.channelId === channelId ? decide(state, facts) : undefined
    return decided && { ...state, ...decided }
  })
  announceOwn(context, userId, { threads })
  const thread = threads.find((each) => each.channelId === channelId && each.state.following)
  return thread === undefined
    ? err(failure('message.thread_not_found', { path: 'thread_id', message: 'You do not follow this thread.' }))
    : answer(thread, threadId)
}

/** Whoever left meanwhile is in it no more. */
function answer(
  stored: StoredOwnChannel | StoredOwnThread | undefined,
  threadId: MessageId | undefined,
): Result<WireReadState, Failure> {
  if (stored === undefined) return err(failure('not_found'))
  const { channelId, state } = stored
  const thread = threadId === undefined ? {} : { thread_id: threadId }
  return ok({ channel_id: channelId, ...thread, read_seq: state.readSeq, mark: toReadMark(state) })
}
