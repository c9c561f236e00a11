import type { OwnStatus, SetStatusRequest } from '@glasshouse/contracts'
import { redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url }) => {
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
  return { own: orFailPage(await locals.api.getOwnStatus()) }
}

export const actions: Actions = {
  /** All of it, as the form shows it. */
  set: async ({ locals, request }) => {
    const data = await request.formData()
    const own = orFailPage(await locals.api.getOwnStatus())
    const [emoji, text] = [textField(data, 'emoji').trim(), textField(data, 'text').trim()]
    const until = endOf(textField(data, 'until'), own.status?.until ?? null)
    const status: SetStatusRequest['status'] = { text }
    if (emoji !== '') status.emoji = emoji
    if (until !== null) status.until = until
    const body: SetStatusRequest = {
      status: text === '' && emoji === '' ? null : status,
      do_not_disturb_until: endOf(textField(data, 'quiet'), own.do_not_disturb_until),
      last_seen_visible_to: data.has('last_seen') ? 'everybody' : 'nobody',
    }
    const set = await locals.api.setOwnStatus({ body })
    if (!set.ok) return formFailure(set.error, { emoji, text })
    redirect(303, '/chat')
  },
  /** Takes the status and do not disturb back; who may see when one was here stays. */
  clear: async ({ locals }) => {
    const { last_seen_visible_to }: OwnStatus = orFailPage(await locals.api.getOwnStatus())
    const body = { status: null, do_not_disturb_until: null, last_seen_visible_to }
    const set = await locals.api.setOwnStatus({ body })
    if (!set.ok) return formFailure(set.error, {})
    redirect(303, '/chat')
  },
}

/** From minutes, `keep`, or nothing. */
function endOf(chosen: string, kept: string | null): string | null {
  if (chosen === 'keep') return kept
  const minutes = Number(chosen)
  return chosen === '' || !Number.isSafeInteger(minutes) ? null : new Date(Date.now() + minutes * 60_000).toISOString()
}
