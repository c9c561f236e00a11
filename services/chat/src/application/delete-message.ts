import type { Caller, Failure } from '@glasshouse/contracts'
import { ok, type Result } from '@glasshouse/kernel'
import type { MessageChanger, MessagePath } from './change-message.ts'
import type { ChatContext } from './context.ts'
import { tell } from './moderate.ts'

/** Deletes a message that stands or, when it is the caller's own, what a moderator has kept of it since it was removed. */
export async function deleteMessage(
  context: ChatContext,
  { changer, caller }: { readonly changer: MessageChanger; readonly caller: Caller | undefined },
  path: MessagePath,
): Promise<Result<void, Failure>> {
  const asked = { permission: 'message.change_own', request: { kind: 'delete' } } as const
  const deleted = await changer.change(caller, path, asked)
  // What was held and removed was never in the channel: there is no such message there.
  if (caller === undefined || (!deleted.ok && deleted.error.code !== 'not_found')) return deleted.ok ? ok() : deleted
  const letGo = await context.ports.moderation.letGo({ ...path, userId: caller.userId })
  if (letGo !== undefined) tell(context, letGo.advances)
  return deleted.ok || letGo !== undefined ? ok() : deleted
}
