import type { Api, ApiError } from '@glasshouse/client'
import type { RouteAnswer } from '@glasshouse/contracts'
import { newId, type ClientId, type Result } from '@glasshouse/kernel'

export interface WishToSend {
  readonly channelId: string
  readonly threadId?: string | undefined
  readonly content: string
  readonly timeMs: number
}

type Scheduled = RouteAnswer<'scheduleMessage'>

/**
 * Schedules a message under an id that makes the same wish, told twice, one message. An id that stands for another wish already (a form
 * that was gone back to, an attempt that was changed since) is no answer to this one: then it gets an id of its own.
 */
export async function scheduleOnce(
  api: Pick<Api, 'scheduleMessage'>,
  wish: WishToSend,
  clientId: string,
): Promise<Result<Scheduled, ApiError>> {
  const made = await schedule(api, wish, clientId)
  if (!made.ok || isFor(wish, made.value)) return made
  return schedule(api, wish, newId<ClientId>())
}

function schedule(
  api: Pick<Api, 'scheduleMessage'>,
  { channelId, threadId, content, timeMs }: WishToSend,
  clientId: string,
): Promise<Result<Scheduled, ApiError>> {
  const thread = threadId === undefined ? {} : { thread_id: threadId }
  const body = { content, send_at: new Date(timeMs).toISOString(), client_id: clientId, ...thread }
  return api.scheduleMessage({ params: { channel_id: channelId }, body })
}

function isFor(wish: WishToSend, { state, channel_id, thread_id, content, send_at }: Scheduled): boolean {
  const isThere = channel_id === wish.channelId && thread_id === wish.threadId
  return state === 'waiting' && isThere && content === wish.content && Date.parse(send_at) === wish.timeMs
}
