import { endpoint, failure, ROUTES, type Endpoint } from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import { listDrafts } from './list-drafts.ts'
import { putDraft } from './put-draft.ts'

/** The routes of what people have written and not sent. */
export function draftEndpoints(context: ChatContext): readonly Endpoint[] {
  return [
    endpoint(ROUTES.listDrafts, async ({ caller }) => {
      const listed = await listDrafts(context, caller)
      return listed.ok ? ok({ status: 200, body: listed.value }) : listed
    }),
    endpoint(ROUTES.putDraft, async ({ caller, params, body }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      const threadId = body.thread_id === undefined ? undefined : parseId<MessageId>(body.thread_id)
      if (channelId === undefined) return err(failure('not_found'))
      const { content, version } = body
      const put = await putDraft(context, caller, { channelId, threadId, content, version })
      return put.ok ? ok({ status: 200, body: put.value }) : put
    }),
  ]
}
