import { DRAFTS_MAX, userStream, type Caller, type DraftList, type Failure } from '@glasshouse/contracts'
import { ok, type Result } from '@glasshouse/kernel'
import { openChannels, requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toDraft } from './wire-own.ts'

export async function listDrafts(
  { ports }: ChatContext,
  caller: Caller | undefined,
): Promise<Result<DraftList, Failure>> {
  const permitted = requirePermission(caller, 'message.draft')
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const { userHead, drafts } = await ports.drafts.list(userId, {
    open: openChannels(permitted.value),
    limit: DRAFTS_MAX,
  })
  return ok({ items: drafts.map(toDraft), stream: userStream(userId), seq: userHead })
}
