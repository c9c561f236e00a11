import type { Api } from '@glasshouse/client'
import { parseId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import type { ThreadSnapshot } from '#lib/channel-view.svelte.ts'
import { withNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
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

async function wholeThread(api: Api, channelId: ChannelId, messageId: MessageId): Promise<ThreadSnapshot> {
  const params = { channel_id: channelId, message_id: messageId }
  const first = orFailPage(await api.getThread({ params, query: { limit: 100 } }))
  const items = [...first.items]
  let cursor = first.next
  for (let page = 1; cursor !== null && page < THREAD_PAGES_MAX; page++) {
    const more = orFailPage(await api.getThread({ params, query: { limit: 100, cursor } }))
    items.push(...more.items)
    cursor = more.next
  }
  // The head that the first page was read at: what changed since comes over the live connection.
  return { root: first.root, items, complete: cursor === null, seq: first.seq }
}

export const actions: Actions = {
  /** What the composer does without script. */
  send: async ({ locals, params, request, url }) => {
    if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
    const channelId = parseId<ChannelId>(params.channel_id)
    if (channelId === undefined) error(404, { message: 'There is no such channel.' })
    const content = textField(await request.formData(), 'content').replaceAll('\r\n', '\n')
    const sent = await locals.api.sendMessage({ params: { channel_id: channelId }, body: { content } })
    if (!sent.ok) return formFailure(sent.error, { content })
    redirect(303, url.pathname)
  },
}
