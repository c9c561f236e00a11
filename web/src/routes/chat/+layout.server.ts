import type { ChannelList, ChannelSnapshot, Site } from '@glasshouse/contracts'
import { redirect } from '@sveltejs/kit'
import { allChannels } from '#lib/all-channels.ts'
import { withNext } from '#lib/safe-next.ts'
import { failPage } from '#lib/server/api-client.ts'
import { withQuery } from '#lib/with-query.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = async ({ locals, url }) => {
  const site = await locals.api.get<Site>('/site')
  if (!site.ok) return failPage(site.error)
  const session = await locals.session()
  if (session) {
    const channels = await allChannels((query) => locals.api.get<ChannelList>(`/channels${withQuery(query)}`))
    return { site: site.value, channels: channels.ok ? channels.value : failPage(channels.error) }
  }

  if (site.value.lobby.access === 'off') redirect(303, withNext('/sign-in', url.pathname + url.search))
  const lobby = await locals.api.get<ChannelSnapshot>(`/channels/${site.value.lobby.id}`)
  return { site: site.value, channels: lobby.ok ? [lobby.value] : failPage(lobby.error) }
}
