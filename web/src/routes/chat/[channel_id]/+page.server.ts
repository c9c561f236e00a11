import type { Api } from '@glasshouse/client'
import type { Message } from '@glasshouse/contracts'
import { parseId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import type { ThreadSnapshot } from '#lib/channel-view.svelte.ts'
import { withNext } from '#lib/safe-next.ts'
import { withQuery } from '#lib/with-query.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad } from './$types'

/** Pages of 100 replies that are read at most. */
const THREAD_PAGES_MAX = 10

export const load: PageServerLoad = async ({ locals, params, url, depends }) => {
  depends('glasshouse:thread', 'glasshouse:pins')
  const asked = url.searchParams.get('thread')
  if (asked === null)
    return { thread: null, pins: url.searchParams.has('pins') ? await readPins(locals.api, params.channel_id) : null }
  const messageId = parseId<MessageId>(asked)
  const channelId = parseId<ChannelId>(params.channel_id)
  if (messageId === undefined || channelId === undefined) error(404, { message: 'There is no such thread.' })
  return { thread: await wholeThread(locals.api, channelId, messageId), pins: null }
}

async function readPins(api: Api, channelId: string): Promise<readonly Message[]> {
  return orFailPage(await api.listPins({ params: { channel_id: channelId } })).items
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
    const data = await request.formData()
    const content = textField(data, 'content').replaceAll('\r\n', '\n')
    const threadId = textField(data, 'thread_id')
    const body = { content, ...(threadId === '' ? {} : { thread_id: threadId }) }
    const sent = await locals.api.sendMessage({ params: { channel_id: channelId }, body })
    if (!sent.ok) return formFailure(sent.error, { content })
    redirect(303, url.pathname + withQuery({ thread: threadId === '' ? undefined : threadId }))
  },
}
