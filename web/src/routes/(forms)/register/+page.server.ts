import type { Site, User, WebSession } from '@glasshouse/contracts'
import { redirect } from '@sveltejs/kit'
import { safeNext } from '#lib/safe-next.ts'
import { failPage } from '#lib/server/api-client.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url }) => {
  const next = safeNext(url.searchParams.get('next'), '/chat')
  if (await locals.session()) redirect(303, next)
  const site = await locals.api.get<Site>('/site')
  return { site: site.ok ? site.value : failPage(site.error), next }
}

export const actions: Actions = {
  default: async ({ locals, request, url }) => {
    const data = await request.formData()
    const username = textField(data, 'username').trim()
    const email = textField(data, 'email').trim()
    const password = textField(data, 'password')
    const registered = await locals.api.post<User>('/users', { username, email, password })
    if (!registered.ok) return formFailure(registered.error, { username, email })
    const next = safeNext(textField(data, 'next') || url.searchParams.get('next'), '/chat')
    const session = await locals.api.post<WebSession>('/auth/sessions', { username, password })
    // The account exists all the same: the rest is to sign in.
    redirect(303, session.ok ? next : `/sign-in?next=${encodeURIComponent(next)}`)
  },
}
