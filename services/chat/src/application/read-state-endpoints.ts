import { endpoint, failure, ROUTES, type Endpoint } from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { markAllRead, markRead, markUnread } from './change-read-state.ts'
import type { ChatContext } from './context.ts'
import { getUnread } from './get-unread.ts'
import { setPreferences } from './set-preferences.ts'

const nothing = err(failure('not_found'))

/** The routes by which people read and set how far they have read. */
export function readStateEndpoints(context: ChatContext): readonly Endpoint[] {
  const placeOf = (
    params: { readonly channel_id: string },
    body: { readonly thread_id?: string; readonly seq: number },
  ) => {
    const channelId = parseId<ChannelId>(params.channel_id)
    const threadId = body.thread_id === undefined ? undefined : parseId<MessageId>(body.thread_id)
    const unknown = channelId === undefined || (body.thread_id !== undefined && threadId === undefined)
    return unknown ? undefined : { channelId, threadId, seq: body.seq }
  }
  return [
    endpoint(ROUTES.getUnread, async ({ caller }) => {
      const unread = await getUnread(context, caller)
      return unread.ok ? ok({ status: 200, body: unread.value }) : unread
    }),
    endpoint(ROUTES.markAllRead, async ({ caller }) => {
      const marked = await markAllRead(context, caller)
      return marked.ok ? ok({ status: 204 }) : marked
    }),
    endpoint(ROUTES.markRead, async ({ caller, params, body }) => {
      const place = placeOf(params, body)
      if (place === undefined) return nothing
      const marked = await markRead(context, caller, { ...place, unmark: body.unmark })
      return marked.ok ? ok({ status: 200, body: marked.value }) : marked
    }),
    endpoint(ROUTES.markUnread, async ({ caller, params, body }) => {
      const place = placeOf(params, body)
      if (place === undefined) return nothing
      const marked = await markUnread(context, caller, place)
      return marked.ok ? ok({ status: 200, body: marked.value }) : marked
    }),
    endpoint(ROUTES.setPreferences, async ({ caller, params, body }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      if (channelId === undefined) return nothing
      const set = await setPreferences(context, caller, { ...body, channelId })
      return set.ok ? ok({ status: 200, body: set.value }) : set
    }),
  ]
}
