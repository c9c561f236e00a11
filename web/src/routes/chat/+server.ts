import type { Site } from '@glasshouse/contracts'
import { redirect } from '@sveltejs/kit'
import { failPage } from '#lib/server/api-client.ts'
import type { RequestHandler } from './$types'

/** The chat begins in the Lobby. */
export const GET: RequestHandler = async ({ locals }) => {
  const site = await locals.api.get<Site>('/site')
  redirect(303, site.ok ? `/chat/${site.value.lobby.id}` : failPage(site.error))
}
