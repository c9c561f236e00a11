import type { ApiError } from '@glasshouse/client'
import { parseId, type AuthSessionId } from '@glasshouse/kernel'
import { error, fail, redirect, type ActionFailure } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { formFailure, textField, type FormProblem } from '#lib/server/form-failure.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url }) => {
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
  const cursor = url.searchParams.get('cursor')
  const query = cursor === null ? {} : { cursor }
  // Asked anew, not taken from the session: a form of this page may just have changed it.
  const [own, sessions] = await Promise.all([locals.api.getSelf(), locals.api.listSessions({ query })])
  return { own: orFailPage(own), sessions: orFailPage(sessions), isFirstPage: cursor === null }
}

type Section = 'profile' | 'password' | 'sessions'

interface Answer extends FormProblem {
  /** Where on the page it belongs. */
  readonly section: Section
  /** What was done, in words; undefined when it was refused. */
  readonly done: string | undefined
}

function refused(
  section: Section,
  refusal: ApiError,
  values: Readonly<Record<string, string>> = {},
): ActionFailure<Answer> {
  const { status, data } = formFailure(refusal, values)
  return fail(status, { section, done: undefined, ...data })
}

function done(section: Section, words: string): Answer {
  return { section, done: words, values: {}, fields: {}, message: undefined, retryAtMs: undefined }
}

export const actions: Actions = {
  profile: async ({ locals, request }) => {
    const display_name = textField(await request.formData(), 'display_name')
    const updated = await locals.api.updateSelf({ body: { display_name } })
    if (!updated.ok) return refused('profile', updated.error, { display_name })
    return done('profile', `Saved: others see you as ${updated.value.display_name}.`)
  },
  password: async ({ locals, request }) => {
    const data = await request.formData()
    const body = {
      current_password: textField(data, 'current_password'),
      new_password: textField(data, 'new_password'),
    }
    const changed = await locals.api.changePassword({ body })
    if (!changed.ok) return refused('password', changed.error)
    return done('password', `Your password is changed. ${signedOut(changed.value.sessions_ended)}`)
  },
  end: async ({ locals, request }) => {
    const session_id =
      parseId<AuthSessionId>(textField(await request.formData(), 'session_id')) ??
      error(404, { message: 'There is no such session.' })
    const ended = await locals.api.endOwnSession({ params: { session_id } })
    // One that has ended already is what was asked for.
    if (!ended.ok && ended.error.status !== 404) return refused('sessions', ended.error)
    return done('sessions', 'That session is signed out.')
  },
  end_others: async ({ locals }) => {
    const ended = await locals.api.endOtherSessions()
    if (!ended.ok) return refused('sessions', ended.error)
    return done('sessions', signedOut(ended.value.sessions_ended))
  },
}

function signedOut(count: number): string {
  if (count === 0) return 'You were signed in nowhere else.'
  return count === 1 ? 'One other session is signed out.' : `${count} other sessions are signed out.`
}
