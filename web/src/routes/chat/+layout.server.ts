import { redirect } from '@sveltejs/kit'
import { allChannels } from '#lib/all-channels.ts'
import { withNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = async ({ locals, url }) => {
  const site = orFailPage(await locals.api.getSite())
  const session = await locals.session()
  if (session) {
    const channels = await allChannels((query) => locals.api.listChannels({ query }))
    return { site, channels: orFailPage(channels), signInId: session.session.id }
  }

  if (site.lobby.access === 'off') redirect(303, withNext('/sign-in', url.pathname + url.search))
  const lobby = await locals.api.getChannel({ params: { channel_id: site.lobby.id } })
  return { site, channels: [orFailPage(lobby)], signInId: undefined }
}
