import type { Api, ApiError } from '@glasshouse/client'
import type { Channel, Message, MessageList } from '@glasshouse/contracts'
import { ok, parseId, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import { error, redirect } from '@sveltejs/kit'
import type { History } from '#lib/channel-view.svelte.ts'
import { titled } from '#lib/channel-title.ts'
import { withNext } from '#lib/safe-next.ts'
import { withQuery } from '#lib/with-query.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import type { LayoutServerLoad } from './$types'

/** A page can hold replies only, which the list does not show: then the one before it is read, so often at most. */
const PAGES_MAX = 5
const SHOWN_MIN = 15
/** A message that is linked to is shown with what was said after it. */
const SEQS_AFTER_TARGET = 25

export const load: LayoutServerLoad = async ({ locals, params, url }) => {
  const channelId = parseId<ChannelId>(params.channel_id)
  if (channelId === undefined) error(404, { message: 'There is no such channel.' })
  const before = parseSeq(url.searchParams.get('before'))
  const asked = url.searchParams.get('message')
  const targetId = asked === null ? undefined : parseId<MessageId>(asked)
  if (asked !== null && targetId === undefined) error(404, { message: 'There is no such message.' })
  const [session, channel, history] = await Promise.all([
    locals.session(),
    locals.api.getChannel({ params: { channel_id: channelId } }),
    readHistory(locals.api, channelId, before),
  ])
  if (!channel.ok && channel.error.status === 401) redirect(303, withNext('/sign-in', url.pathname))
  const shown = orFailPage(channel)
  const newest = { ...orFailPage(history), ...(await readHeld(locals.api, session !== null, shown)) }
  const isThere = targetId === undefined || newest.items.some(({ id, thread_id }) => id === targetId && !thread_id)
  return {
    channel: titled(shown, session?.user.id),
    history: isThere ? newest : await historyAround(locals.api, channelId, targetId),
    targetId,
  }
}

/** One's own messages that are not in the channel: also where moderation is off, messages are removed. */
async function readHeld(api: Api, isSignedIn: boolean, { id }: Channel): Promise<Pick<History, 'held'>> {
  if (!isSignedIn) return {}
  return { held: orFailPage(await api.listOwnHeld({ params: { channel_id: id } })).items }
}

/** The page of the past in which a message stands. A reply stands in its thread. */
async function historyAround(api: Api, channelId: ChannelId, messageId: MessageId): Promise<History> {
  const params = { channel_id: channelId, message_id: messageId }
  const message = orFailPage(await api.getMessage({ params }))
  if (message.thread_id !== undefined) redirect(303, `/chat/${channelId}${withQuery({ thread: message.thread_id })}`)
  return orFailPage(await readHistory(api, channelId, message.seq + SEQS_AFTER_TARGET))
}

/** The newest messages, or those before this one. */
async function readHistory(
  api: Api,
  channelId: ChannelId,
  before: number | undefined,
): Promise<Result<History, ApiError>> {
  const items: Message[] = []
  let seq: number | undefined
  let cursor: string | null = null
  for (let page = 0; page < PAGES_MAX; page++) {
    const position: { before?: number; cursor?: string } =
      cursor !== null ? { cursor } : before !== undefined ? { before } : {}
    const answer: Result<MessageList, ApiError> = await api.listMessages({
      params: { channel_id: channelId },
      query: position,
    })
    if (!answer.ok) return answer
    items.push(...answer.value.items)
    // The head that the first page was read at: what changed since comes over the live connection.
    seq ??= answer.value.seq
    cursor = answer.value.next
    if (cursor === null || items.filter((each) => each.thread_id === undefined).length >= SHOWN_MIN) break
  }
  return ok({ items, next: cursor, seq: seq ?? 0, ...(before === undefined ? {} : { before }) })
}

function parseSeq(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}
