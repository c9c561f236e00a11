import type { Message, Thread } from '@glasshouse/contracts'
import { parseId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import type { ThreadSnapshot } from '#lib/channel-view.svelte.ts'
import { withNext } from '#lib/safe-next.ts'
import { failPage, type ApiClient } from '#lib/server/api-client.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad } from './$types'

/** Pages of 100 replies that are read at most. */
const THREAD_PAGES_MAX = 10

export const load: PageServerLoad = async ({ locals, params, url, depends }) => {
  depends('glasshouse:thread')
  const asked = url.searchParams.get('thread')
  if (asked === null) return { thread: null }
  const messageId = parseId<MessageId>(asked)
  const channelId = parseId<ChannelId>(params.channel_id)
  if (messageId === undefined || channelId === undefined) error(404, { message: 'There is no such thread.' })
  return { thread: await wholeThread(locals.api, channelId, messageId) }
}

async function wholeThread(api: ApiClient, channelId: ChannelId, messageId: MessageId): Promise<ThreadSnapshot> {
  const path = `/channels/${channelId}/messages/${messageId}/thread?limit=100`
  const first = await api.get<Thread>(path)
  if (!first.ok) return failPage(first.error)
  const items = [...first.value.items]
  let cursor = first.value.next
  for (let page = 1; cursor !== null && page < THREAD_PAGES_MAX; page++) {
    const more = await api.get<Thread>(`${path}&cursor=${encodeURIComponent(cursor)}`)
    if (!more.ok) return failPage(more.error)
    items.push(...more.value.items)
    cursor = more.value.next
  }
  // The head that the first page was read at: what changed since comes over the live connection.
  return { root: first.value.root, items, complete: cursor === null, seq: first.value.seq }
}

export const actions: Actions = {
  /** What the composer does without script. */
  send: async ({ locals, params, request, url }) => {
    if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
    const channelId = parseId<ChannelId>(params.channel_id)
    if (channelId === undefined) error(404, { message: 'There is no such channel.' })
    const content = textField(await request.formData(), 'content').replaceAll('\r\n', '\n')
    const sent = await locals.api.post<Message>(`/channels/${channelId}/messages`, { content })
    if (!sent.ok) return formFailure(sent.error, { content })
    redirect(303, url.pathname)
  },
}
