import { redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url }) => {
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
}

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const data = await request.formData()
    const name = textField(data, 'name').trim().replace(/^#\s*/, '')
    const description = textField(data, 'description').trim()
    const type = textField(data, 'type') === 'private' ? 'private' : 'public'
    const made = await locals.api.createChannel({ body: { type, name, description } })
    if (!made.ok) return formFailure(made.error, { name, description, type })
    // A private channel is nobody's but one's own until others are added.
    redirect(303, `/chat/${made.value.id}${type === 'private' ? '?members=1' : ''}`)
  },
}
