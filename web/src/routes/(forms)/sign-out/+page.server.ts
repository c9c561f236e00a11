import { redirect } from '@sveltejs/kit'
import { failPage } from '#lib/server/or-fail-page.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals }) => {
  if (!(await locals.session())) redirect(303, '/')
}

export const actions: Actions = {
  default: async ({ locals }) => {
    const ended = await locals.api.endWebSession()
    // A session that has ended already is what was asked for.
    if (!ended.ok && ended.error.status !== 401) failPage(ended.error)
    redirect(303, '/')
  },
}
