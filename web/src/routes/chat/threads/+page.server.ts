import { parseId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { Actions, PageServerLoad } from './$types'

/** `unread`: of each thread how many replies are unread. `heads`: of each channel in which a thread stands, how far it was then. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('glasshouse:threads')
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
  const cursor = url.searchParams.get('cursor')
  // What is unread is read first: a reply that comes between is told live.
  const unread = orFailPage(await locals.api.getUnread())
  const threads = orFailPage(await locals.api.listThreads({ query: cursor === null ? {} : { cursor } }))
  const shown = new Set(threads.items.map(({ id }) => id))
  const ofShown = unread.threads.filter(({ thread_id: id }) => shown.has(id))
  return {
    threads,
    unread: Object.fromEntries(ofShown.map((thread) => [thread.thread_id, thread.unread.length])),
    heads: Object.fromEntries(ofShown.map((thread) => [thread.channel_id, thread.head])),
  }
}

export const actions: Actions = {
  unfollow: async ({ locals, request }) => {
    const data = await request.formData()
    const channel_id = parseId<ChannelId>(textField(data, 'channel_id'))
    const message_id = parseId<MessageId>(textField(data, 'message_id'))
    if (channel_id === undefined || message_id === undefined) error(404, { message: 'There is no such thread.' })
    const unfollowed = await locals.api.unfollowThread({ params: { channel_id, message_id } })
    if (!unfollowed.ok) return formFailure(unfollowed.error, {})
    redirect(303, '/chat/threads')
  },
}
