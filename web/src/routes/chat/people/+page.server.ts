import { redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { formFailure } from '#lib/server/form-failure.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { Actions, PageServerLoad } from './$types'

/** Of those whose names begin with what was typed. */
const SHOWN_MAX = 50

export const load: PageServerLoad = async ({ locals, url }) => {
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
  const q = (url.searchParams.get('q') ?? '').trim().slice(0, 100)
  const people = orFailPage(await locals.api.listUsers({ query: { limit: SHOWN_MAX, ...(q === '' ? {} : { q }) } }))
  return { q, people: people.items, more: people.next !== null }
}

export const actions: Actions = {
  /** One person: a direct channel; several: a group; nobody: a place of one's own. */
  converse: async ({ locals, request, url }) => {
    if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
    const members = (await request.formData()).getAll('user_id').filter((id) => typeof id === 'string')
    const body = { type: members.length > 1 ? ('group' as const) : ('direct' as const), members }
    const found = await locals.api.createChannel({ body })
    if (!found.ok) return formFailure(found.error, {})
    redirect(303, `/chat/${found.value.id}`)
  },
}
