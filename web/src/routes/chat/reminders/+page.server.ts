import { parseId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import { timeChoices } from '#lib/zoned-time.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('glasshouse:later')
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
  return { reminders: orFailPage(await locals.api.listReminders()).items }
}

const NO_MESSAGE = { message: 'There is no such message.' }

export const actions: Actions = {
  done: async ({ locals, request }) => {
    const message_id = parseId<MessageId>(textField(await request.formData(), 'message_id')) ?? error(404, NO_MESSAGE)
    const done = await locals.api.finishReminder({ params: { message_id } })
    if (!done.ok) return formFailure(done.error, {})
    redirect(303, '/chat/reminders')
  },
  snooze: async ({ locals, request }) => {
    const data = await request.formData()
    const message_id = parseId<MessageId>(textField(data, 'message_id')) ?? error(404, NO_MESSAGE)
    const channel_id = parseId<ChannelId>(textField(data, 'channel_id')) ?? error(404, NO_MESSAGE)
    const choices = timeChoices(Date.now(), locals.timeZone)
    const chosen = choices.find(({ label }) => label === textField(data, 'until')) ?? error(400, { message: 'When?' })
    const body = { remind_at: new Date(chosen.timeMs).toISOString() }
    const set = await locals.api.setReminder({ params: { channel_id, message_id }, body })
    if (!set.ok) return formFailure(set.error, {})
    redirect(303, '/chat/reminders')
  },
}
