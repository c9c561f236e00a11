import { may } from '@glasshouse/contracts'
import { parseId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad, RequestEvent } from './$types'

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('glasshouse:moderation')
  const session = await locals.session()
  if (!session) redirect(303, withNext('/sign-in', url.pathname + url.search))
  const channel = url.searchParams.get('channel')
  const channelId = channel === null ? undefined : parseId<ChannelId>(channel)
  if (channel !== null && channelId === undefined) error(404, { message: 'There is no such channel.' })
  const cursor = url.searchParams.get('cursor')
  const queue = await locals.api.getModerationQueue({
    query: { ...(channelId === undefined ? {} : { channel_id: channelId }), ...(cursor === null ? {} : { cursor }) },
  })
  // Whoever moderates nothing has nothing to do here, and is told so.
  if (!queue.ok && queue.error.status === 403) return { queue: undefined, channelId: undefined, setsWords: false }
  return { queue: orFailPage(queue), channelId, setsWords: may(session.user.role, 'moderation.set_words') }
}

async function decide({ locals, request }: RequestEvent, decision: 'approve' | 'remove') {
  const data = await request.formData()
  const params = { message_id: messageIdOf(data) }
  const reason = textField(data, 'reason').trim()
  const body = { decision, ...(reason === '' ? {} : { reason }) }
  const decided = await locals.api.decideMessage({ params, body })
  if (!decided.ok) return formFailure(decided.error, { message_id: params.message_id, reason })
  return { decided: decided.value }
}

export const actions: Actions = {
  approve: (event) => decide(event, 'approve'),
  remove: (event) => decide(event, 'remove'),
  undo: async ({ locals, request }) => {
    const params = { message_id: messageIdOf(await request.formData()) }
    const undone = await locals.api.undoDecision({ params })
    if (!undone.ok) return formFailure(undone.error, { message_id: params.message_id })
    redirect(303, '/chat/moderation')
  },
}

function messageIdOf(data: FormData): MessageId {
  const id = parseId<MessageId>(textField(data, 'message_id'))
  if (id === undefined) error(404, { message: 'There is no such message.' })
  return id
}
