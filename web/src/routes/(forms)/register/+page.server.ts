import { redirect } from '@sveltejs/kit'
import { safeNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url }) => {
  const next = safeNext(url.searchParams.get('next'), '/chat')
  if (await locals.session()) redirect(303, next)
  return { site: orFailPage(await locals.api.getSite()), next }
}

export const actions: Actions = {
  default: async ({ locals, request, url }) => {
    const data = await request.formData()
    const username = textField(data, 'username').trim()
    const email = textField(data, 'email').trim()
    const password = textField(data, 'password')
    const registered = await locals.api.register({ body: { username, email, password } })
    if (!registered.ok) return formFailure(registered.error, { username, email })
    const next = safeNext(textField(data, 'next') || url.searchParams.get('next'), '/chat')
    const session = await locals.api.createWebSession({ body: { username, password } })
    // The account exists all the same: the rest is to sign in.
    redirect(303, session.ok ? next : `/sign-in?next=${encodeURIComponent(next)}`)
  },
}
