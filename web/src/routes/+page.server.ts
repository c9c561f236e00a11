import type { Site } from '@glasshouse/contracts'
import { failPage } from '#lib/server/api-client.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals }) => {
  const site = await locals.api.get<Site>('/site')
  return { site: site.ok ? site.value : failPage(site.error) }
}
