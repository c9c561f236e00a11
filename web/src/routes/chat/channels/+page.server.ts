import { parseId, type ChannelId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import { readChannels } from '#lib/read-channels.ts'
import { withNext } from '#lib/safe-next.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals }) => {
  if (!(await locals.session())) return { others: [] }
  const others = await readChannels((query) => locals.api.listChannels({ query }), { joined: false })
  // The Lobby stands in everybody's list.
  return { others: orFailPage(others).items.filter((channel) => !channel.is_lobby) }
}

export const actions: Actions = {
  join: async ({ locals, request, url }) => {
    if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
    const channelId = parseId<ChannelId>(textField(await request.formData(), 'channel_id'))
    if (channelId === undefined) error(404, { message: 'There is no such channel.' })
    const joined = await locals.api.putMember({ params: { channel_id: channelId, user_id: 'me' } })
    if (!joined.ok) return formFailure(joined.error, {})
    redirect(303, `/chat/${channelId}`)
  },
}
