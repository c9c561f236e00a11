import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals }) => {
  return { site: orFailPage(await locals.api.getSite()) }
}
