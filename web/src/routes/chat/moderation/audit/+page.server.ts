import type { Api } from '@glasshouse/client'
import { parseId, type ChannelId } from '@glasshouse/kernel'
import { redirect } from '@sveltejs/kit'
import { readChannels } from '#lib/read-channels.ts'
import { withNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { fromWallTime } from '#lib/zoned-time.ts'
import type { PageServerLoad } from './$types'

const DAY_MS = 86_400_000

/** A day as a field gives it, in the viewer's zone; undefined for what is none. */
function dayOf(text: string, timeZone: string, days = 0): string | undefined {
  const noonMs = Date.parse(`${text}T12:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(noonMs)) return undefined
  const day = new Date(noonMs + days * DAY_MS).toISOString().slice(0, 10)
  const startMs = fromWallTime(`${day}T00:00`, timeZone)
  return startMs === undefined ? undefined : new Date(startMs).toISOString()
}

/** People are found by the name that one knows them by. */
async function personId(api: Api, name: string): Promise<string | undefined> {
  const username = name.replace(/^@/, '').toLowerCase()
  const found = orFailPage(await api.listUsers({ query: { q: username.slice(0, 100), limit: 100 } }))
  return found.items.find((each) => each.username.toLowerCase() === username)?.id
}

export const load: PageServerLoad = async ({ locals, url }) => {
  const session = await locals.session()
  if (!session) redirect(303, withNext('/sign-in', url.pathname + url.search))
  // All others are told what this is, and nothing of what is in it.
  if (session.user.role !== 'admin') return { log: undefined }

  const asked = (name: string): string => url.searchParams.get(name)?.trim() ?? ''
  const values = {
    action: asked('action'),
    by: asked('by'),
    about: asked('about'),
    channel: asked('channel'),
    from: asked('from'),
    to: asked('to'),
  }
  const [by, about, channels] = await Promise.all([
    values.by === '' ? undefined : personId(locals.api, values.by),
    values.about === '' ? undefined : personId(locals.api, values.about),
    readChannels((query) => locals.api.listChannels({ query }), {}),
  ])
  const from = values.from === '' ? undefined : dayOf(values.from, locals.timeZone)
  // The day that is named is in it.
  const to = values.to === '' ? undefined : dayOf(values.to, locals.timeZone, 1)
  const problems: { by?: string; about?: string; from?: string; to?: string } = {}
  const NOBODY = 'Nobody here has this user name.'
  if (values.by !== '' && by === undefined) problems.by = NOBODY
  if (values.about !== '' && about === undefined) problems.about = NOBODY
  if (values.from !== '' && from === undefined) problems.from = 'This is no day.'
  if (values.to !== '' && to === undefined) problems.to = 'This is no day.'
  const names = orFailPage(channels).items.map(({ id, name }) => ({ id, name }))
  if (Object.keys(problems).length > 0) return { log: { items: [], next: null }, values, problems, channels: names }

  const channelId = parseId<ChannelId>(values.channel)
  const cursor = url.searchParams.get('cursor')
  const query = {
    ...(values.action === '' ? {} : { action: values.action.slice(0, 60) }),
    ...(by === undefined ? {} : { actor_id: by }),
    ...(about === undefined ? {} : { user_id: about }),
    ...(channelId === undefined ? {} : { channel_id: channelId }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(cursor === null ? {} : { cursor }),
  }
  return { log: orFailPage(await locals.api.getAuditLog({ query })), values, problems, channels: names }
}
