import { redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url }) => {
  const session = await locals.session()
  if (!session) redirect(303, withNext('/sign-in', url.pathname + url.search))
  return { user: session.user, session: session.session }
}
