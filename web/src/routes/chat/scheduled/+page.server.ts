import { newId, parseId, type ChannelId, type ClientId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import { knownTimeZone } from '#lib/message-time.ts'
import { withNext } from '#lib/safe-next.ts'
import { scheduleOnce } from '#lib/schedule-once.ts'
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
    /** Of the form: pressed twice, it schedules once. */
    clientId: newId<ClientId>(),
  }
}

const NO_TIME = { status: 422, code: 'request.invalid', message: 'Give a day and a time in the future.' }

/** What was typed there, and the zone in which the form showed its time. */
function typedIn(data: FormData, timeZone: string): { content: string; at: string; zone: string } {
  return {
    content: textField(data, 'content').replaceAll('\r\n', '\n'),
    at: textField(data, 'at'),
    zone: knownTimeZone(textField(data, 'zone') || timeZone),
  }
}

function idOf(data: FormData): ClientId {
  return parseId<ClientId>(textField(data, 'id')) ?? error(404, { message: 'There is no such message.' })
}

export const actions: Actions = {
  schedule: async ({ locals, request }) => {
    const data = await request.formData()
    const channelId = parseId<ChannelId>(textField(data, 'channel_id'))
    const threadId = parseId<MessageId>(textField(data, 'thread_id'))
    if (channelId === undefined) error(404, { message: 'There is no such channel.' })
    const typed = typedIn(data, locals.timeZone)
    const clientId = parseId<ClientId>(textField(data, 'client_id')) ?? newId<ClientId>()
    const given = { ...typed, clientId }
    const timeMs = fromWallTime(typed.at, typed.zone)
    if (timeMs === undefined) return formFailure(NO_TIME, given)
    const made = await scheduleOnce(locals.api, { channelId, threadId, content: typed.content, timeMs }, clientId)
    if (!made.ok) return formFailure(made.error, given)
    redirect(303, '/chat/scheduled')
  },
  change: async ({ locals, request }) => {
    const data = await request.formData()
    const id = idOf(data)
    const typed = typedIn(data, locals.timeZone)
    const { content, at, zone } = typed
    const timeMs = fromWallTime(at, zone)
    if (timeMs === undefined) return formFailure(NO_TIME, { id, ...typed })
    // A time that stands in the field as it was is no wish for another one.
    const isKept = at === textField(data, 'was')
    const body = { content, ...(isKept ? {} : { send_at: new Date(timeMs).toISOString() }) }
    const changed = await locals.api.changeScheduled({ params: { scheduled_id: id }, body })
    if (!changed.ok) return formFailure(changed.error, { id, ...typed })
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
