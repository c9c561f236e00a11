import { parseId, type MessageId } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { failPage } from '#lib/server/or-fail-page.ts'
import type { RequestHandler } from './$types'

/** The address of a message, which holds wherever the message stands: leads to its channel, opened at it. */
export const GET: RequestHandler = async ({ locals, params, url }) => {
  const messageId = parseId<MessageId>(params.message_id)
  if (messageId === undefined) error(404, { message: 'There is no such message.' })
  const found = await locals.api.findMessage({ params: { message_id: messageId } })
  if (found.ok) redirect(303, `/chat/${found.value.channel_id}?message=${messageId}`)
  if (found.error.status === 401 || (found.error.status === 404 && !(await locals.session())))
    redirect(303, withNext('/sign-in', url.pathname))
  return failPage(found.error)
}
