import type { Channel, ChannelList, ChannelSnapshot, Site } from '@glasshouse/contracts'
import { redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { failPage, type ApiClient } from '#lib/server/api-client.ts'
import type { LayoutServerLoad } from './$types'

/** Pages of 100: more channels than these are not listed, and can be opened by their address. */
const CHANNEL_PAGES_MAX = 20

export const load: LayoutServerLoad = async ({ locals, url, depends }) => {
  depends('glasshouse:channels')
  const site = await locals.api.get<Site>('/site')
  if (!site.ok) return failPage(site.error)
  const session = await locals.session()
  if (session) return { site: site.value, channels: await allChannels(locals.api) }

  if (site.value.lobby.access === 'off') redirect(303, withNext('/sign-in', url.pathname + url.search))
  const lobby = await locals.api.get<ChannelSnapshot>(`/channels/${site.value.lobby.id}`)
  return { site: site.value, channels: lobby.ok ? [lobby.value] : failPage(lobby.error) }
}

/** The Lobby first, then by name. */
async function allChannels(api: ApiClient): Promise<Channel[]> {
  const channels: Channel[] = []
  let cursor: string | null = null
  for (let page = 0; page < CHANNEL_PAGES_MAX; page++) {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await api.get<ChannelList>(`/channels?limit=100${query}`)
    if (!answer.ok) return failPage(answer.error)
    channels.push(...answer.value.items)
    cursor = answer.value.next
    if (cursor === null) break
  }
  return channels.toSorted((a, b) => Number(b.is_lobby) - Number(a.is_lobby) || a.name.localeCompare(b.name, 'en'))
}
