import { redirect } from '@sveltejs/kit'
import { readChannels } from '#lib/read-channels.ts'
import { withNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = async ({ locals, url }) => {
  const site = orFailPage(await locals.api.getSite())
  const session = await locals.session()
  if (session) {
    const [own, lobby, unread] = await Promise.all([
      readChannels((query) => locals.api.listChannels({ query }), { joined: true }),
      locals.api.getChannel({ params: { channel_id: site.lobby.id } }),
      locals.api.getUnread(),
    ])
    const { channels, threads } = orFailPage(unread)
    return {
      site,
      own: { ...orFailPage(own), lobby: orFailPage(lobby) },
      unread: { channels, threads },
      signInId: session.session.id,
    }
  }

  if (site.lobby.access === 'off') redirect(303, withNext('/sign-in', url.pathname + url.search))
  const lobby = await locals.api.getChannel({ params: { channel_id: site.lobby.id } })
  return { site, own: { items: [], seq: 0, lobby: orFailPage(lobby) }, unread: undefined, signInId: undefined }
}
