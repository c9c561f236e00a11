import { redirect } from '@sveltejs/kit'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url }) => {
  // The terminal may print a link that holds the code.
  return { site: orFailPage(await locals.api.getSite()), code: url.searchParams.get('code') ?? '' }
}

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const data = await request.formData()
    const code = textField(data, 'code').trim()
    const username = textField(data, 'username').trim()
    const email = textField(data, 'email').trim()
    const password = textField(data, 'password')
    const made = await locals.api.setUp({ body: { code, username, email, password } })
    if (!made.ok) return formFailure(made.error, { code, username, email })
    const session = await locals.api.createWebSession({ body: { username, password } })
    redirect(303, session.ok ? '/chat' : '/sign-in')
  },
}
