import { failure, type Caller, type Failure } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { requirePermission, requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'

/** Whoever may have places of their own, and is not too fast in changing them. */
export function requireOwnPlace({ readRates }: ChatContext, caller: Caller | undefined): Result<Caller, Failure> {
  const permitted = requirePermission(caller, 'channel.keep_place')
  if (!permitted.ok) return permitted
  const within = readRates.count(permitted.value)
  return within.ok ? permitted : within
}

/** The same in a channel: one has places in those that one is in. */
export async function requireOwnChannel(
  context: ChatContext,
  caller: Caller | undefined,
  channelId: ChannelId,
): Promise<Result<Caller, Failure>> {
  const readable = await requireRead(context.ports, caller, channelId)
  if (!readable.ok) return readable
  const permitted = requireOwnPlace(context, caller)
  if (!permitted.ok) return permitted
  if (readable.value.role === undefined) {
    return err(failure('permission.denied', { message: 'You are not in this channel.' }))
  }
  return ok(permitted.value)
}
