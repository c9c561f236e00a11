import { redirect } from '@sveltejs/kit'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { RequestHandler } from './$types'

/** The chat begins in the Lobby. */
export const GET: RequestHandler = async ({ locals }) => {
  const { lobby } = orFailPage(await locals.api.getSite())
  redirect(303, `/chat/${lobby.id}`)
}
