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
 * Schedules a message under an id that makes the same wish, told twice, one message. Where the id stands for something else already (a form
 * that was gone back to, a message that was changed or cancelled since), this one gets an id of its own.
 */
export async function scheduleOnce(
  api: Pick<Api, 'scheduleMessage'>,
  wish: WishToSend,
  clientId: string,
): Promise<Result<Scheduled, ApiError>> {
  const made = await schedule(api, wish, clientId)
  if (made.ok || made.error.code !== 'scheduled.client_id_conflict') return made
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
