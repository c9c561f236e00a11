import { UNREAD_SEQS_MAX, type Caller, type Failure, type Unread } from '@glasshouse/contracts'
import { ok, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { withRead } from '../domain/read-state.ts'
import { announceOwn } from './announce-own.ts'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import type { StoredUnread } from './ports.ts'
import { toUnread } from './wire-own.ts'

const CHANNELS_MAX = 500
const THREADS_MAX = 500
/** So many places of a channel with nothing unread are walked with each answer, until the position is moved over them. */
const WALKED_MAX = 1_000

/** What is unread for the caller in the channels that they are in and the threads that they follow, at one moment. */
export async function getUnread(context: ChatContext, caller: Caller | undefined): Promise<Result<Unread, Failure>> {
  const permitted = requirePermission(caller, 'channel.keep_place')
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const bounds = { channelsMax: CHANNELS_MAX, threadsMax: THREADS_MAX, seqsMax: UNREAD_SEQS_MAX }
  const unread = await context.ports.readStates.unread(userId, bounds)
  await passOver(context, userId, unread)
  return ok(toUnread(userId, unread))
}

/**
 * What one writes oneself is not unread, and moves no position: whoever writes much and reads nothing has ever more to be walked over. So
 * what lies before the oldest unread message is read, once it is long.
 */
async function passOver(context: ChatContext, userId: UserId, { channels }: StoredUnread): Promise<void> {
  const through = new Map<ChannelId, number>()
  for (const { channelId, state, unread, head } of channels) {
    const clear = (unread[0] ?? head + 1) - 1
    if (state.mark === undefined && clear - state.readSeq >= WALKED_MAX) through.set(channelId, clear)
  }
  if (through.size === 0) return
  const passed = await context.ports.readStates.changeChannels(
    userId,
    [...through.keys()],
    (state, { channelId, head }) => {
      const read = withRead(state, { seq: through.get(channelId) ?? 0, unmark: undefined }, head)
      return read && { ...state, ...read }
    },
  )
  announceOwn(context, userId, { channels: passed })
}
