import { parseId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('glasshouse:later')
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
  const cursor = url.searchParams.get('cursor')
  return { saved: orFailPage(await locals.api.listSaved({ query: cursor === null ? {} : { cursor } })) }
}

export const actions: Actions = {
  remove: async ({ locals, request }) => {
    const data = await request.formData()
    const channel_id = parseId<ChannelId>(textField(data, 'channel_id'))
    const message_id = parseId<MessageId>(textField(data, 'message_id'))
    if (channel_id === undefined || message_id === undefined) error(404, { message: 'There is no such message.' })
    const removed = await locals.api.unsaveMessage({ params: { channel_id, message_id } })
    if (!removed.ok) return formFailure(removed.error, {})
    redirect(303, '/chat/saved')
  },
}
