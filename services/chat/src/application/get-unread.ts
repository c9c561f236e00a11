import { UNREAD_SEQS_MAX, type Caller, type Failure, type Unread } from '@glasshouse/contracts'
import { ok, type Result } from '@glasshouse/kernel'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toUnread } from './wire-own.ts'

const CHANNELS_MAX = 500
const THREADS_MAX = 500

/** What is unread for the caller in the channels that they are in and the threads that they follow, at one moment. */
export async function getUnread({ ports }: ChatContext, caller: Caller | undefined): Promise<Result<Unread, Failure>> {
  const permitted = requirePermission(caller, 'channel.keep_place')
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const bounds = { channelsMax: CHANNELS_MAX, threadsMax: THREADS_MAX, seqsMax: UNREAD_SEQS_MAX }
  return ok(toUnread(userId, await ports.readStates.unread(userId, bounds)))
}
