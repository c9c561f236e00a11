import { parseId, type ChannelId, type ClientId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import { fromWallTime } from '#lib/zoned-time.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('glasshouse:later')
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname + url.search))
  const asked = url.searchParams.get('channel')
  const thread = url.searchParams.get('thread')
  const [scheduled, drafts] = await Promise.all([locals.api.listScheduled(), locals.api.listDrafts()])
  return {
    scheduled: orFailPage(scheduled).items,
    drafts: orFailPage(drafts).items,
    /** Where a new one is to be sent, for who comes without script. */
    channelId: asked === null ? undefined : parseId<ChannelId>(asked),
    threadId: thread === null ? undefined : parseId<MessageId>(thread),
  }
}

const NO_TIME = { status: 422, code: 'request.invalid', message: 'Give a day and a time in the future.' }

function idOf(data: FormData): ClientId {
  return parseId<ClientId>(textField(data, 'id')) ?? error(404, { message: 'There is no such message.' })
}

export const actions: Actions = {
  schedule: async ({ locals, request }) => {
    const data = await request.formData()
    const channelId = parseId<ChannelId>(textField(data, 'channel_id'))
    const threadId = parseId<MessageId>(textField(data, 'thread_id'))
    if (channelId === undefined) error(404, { message: 'There is no such channel.' })
    const content = textField(data, 'content').replaceAll('\r\n', '\n')
    const timeMs = fromWallTime(textField(data, 'at'), locals.timeZone)
    if (timeMs === undefined) return formFailure(NO_TIME, { content })
    const thread = threadId === undefined ? {} : { thread_id: threadId }
    const body = { content, send_at: new Date(timeMs).toISOString(), ...thread }
    const made = await locals.api.scheduleMessage({ params: { channel_id: channelId }, body })
    if (!made.ok) return formFailure(made.error, { content })
    redirect(303, '/chat/scheduled')
  },
  change: async ({ locals, request }) => {
    const data = await request.formData()
    const id = idOf(data)
    const content = textField(data, 'content').replaceAll('\r\n', '\n')
    const timeMs = fromWallTime(textField(data, 'at'), locals.timeZone)
    if (timeMs === undefined) return formFailure(NO_TIME, { id, content })
    // A time that stands in the field as it was is no wish for another one.
    const isKept = textField(data, 'at') === textField(data, 'was')
    const body = { content, ...(isKept ? {} : { send_at: new Date(timeMs).toISOString() }) }
    const changed = await locals.api.changeScheduled({ params: { scheduled_id: id }, body })
    if (!changed.ok) return formFailure(changed.error, { id, content })
    redirect(303, '/chat/scheduled')
  },
  cancel: async ({ locals, request }) => {
    const cancelled = await locals.api.cancelScheduled({ params: { scheduled_id: idOf(await request.formData()) } })
    if (!cancelled.ok) return formFailure(cancelled.error, {})
    redirect(303, '/chat/scheduled')
  },
  send: async ({ locals, request }) => {
    const sent = await locals.api.sendScheduledNow({ params: { scheduled_id: idOf(await request.formData()) } })
    if (!sent.ok) return formFailure(sent.error, {})
    redirect(303, '/chat/scheduled')
  },
}
