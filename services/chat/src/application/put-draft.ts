import { DRAFTS_MAX, failure, type Caller, type Draft, type Failure } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { decideDraft, parseDraftContent } from '../domain/draft.ts'
import { explainMessageContentFault } from '../domain/message-content.ts'
import { openChannels, requirePermission, requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import type { DraftPlace } from './draft-ports.ts'
import { REPLAYED_MAX } from './replayed-max.ts'
import { draftChanged, toDraft } from './wire-own.ts'

const REFUSALS = { draft_changed: 'draft.changed', too_many: 'draft.too_many', not_there: 'not_found' } as const

/**
 * Keeps what the caller has written at a place where they may read; a blank text is none. What they wrote where they may read no more
 * can still be taken away.
 */
export async function putDraft(
  context: ChatContext,
  caller: Caller | undefined,
  request: DraftPlace & { readonly content: string; readonly version: number | undefined },
): Promise<Result<Draft, Failure>> {
  const { ports, readRates, listeners, pokeRelay } = context
  const readable = await requireRead(ports, caller, request.channelId)
  const parsed = parseDraftContent(request.content)
  const hidden = readable.ok ? undefined : readable
  if (hidden !== undefined && (caller === undefined || !parsed.ok || parsed.value !== '')) return hidden
  const permitted = requirePermission(caller, 'message.draft')
  if (!permitted.ok) return permitted
  const within = readRates.count(permitted.value)
  if (!within.ok) return within
  if (!parsed.ok) {
    return err(failure('request.invalid', { path: 'content', message: explainMessageContentFault(parsed.error) }))
  }
  const { userId } = permitted.value
  const { channelId, threadId, version: follows } = request
  const content = parsed.value
  const open = openChannels(permitted.value)
  const put = await ports.drafts.put(
    userId,
    { channelId, threadId, content, open, replayedMax: REPLAYED_MAX },
    (draft, count) =>
      // Where there never was one of theirs, they learn nothing.
      hidden !== undefined && draft.version === 0
        ? err('not_there' as const)
        : decideDraft(draft, { content, follows }, { count, max: DRAFTS_MAX }),
  )
  if (put === undefined) return hidden ?? err(failure('message.thread_not_found', { path: 'thread_id' }))
  if (!put.ok) return err(failure(REFUSALS[put.error]))
  const { draft, changed } = put.value
  if (changed) {
    pokeRelay()
    listeners.change(draftChanged(userId, draft))
  }
  return ok(toDraft(draft))
}
