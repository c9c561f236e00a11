import { redirect } from '@sveltejs/kit'
import { safeNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad } from './$types'

const INCOMPLETE = { status: 422, code: 'request.invalid', message: 'Type your user name or email, and your password.' }

export const load: PageServerLoad = async ({ locals, url }) => {
  const next = safeNext(url.searchParams.get('next'), '/chat')
  if (await locals.session()) redirect(303, next)
  return { site: orFailPage(await locals.api.getSite()), next }
}

export const actions: Actions = {
  default: async ({ locals, request, url }) => {
    const data = await request.formData()
    const username = textField(data, 'username').trim()
    const password = textField(data, 'password')
    if (username === '' || password === '') return formFailure(INCOMPLETE, { username })
    const session = await locals.api.createWebSession({ body: { username, password } })
    if (!session.ok) return formFailure(session.error, { username })
    redirect(303, safeNext(textField(data, 'next') || url.searchParams.get('next'), '/chat'))
  },
}
