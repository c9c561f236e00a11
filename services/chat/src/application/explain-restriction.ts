import { failure, type Failure } from '@glasshouse/contracts'
import type { ChannelId, UserId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'

/** What a muted or banned person is told: until when, and why. It may be over by now; then it is told without an end. */
export async function explainRestriction(
  { ports }: Pick<ChatContext, 'ports'>,
  { channelId, userId }: { readonly channelId: ChannelId; readonly userId: UserId },
  refusal: { readonly kind: 'muted' | 'banned'; readonly isSelf: boolean },
): Promise<Failure> {
  const stored = await ports.restrictions.inForce(channelId, userId)
  const code = refusal.kind === 'muted' ? 'channel.muted' : 'channel.banned'
  const untilMs = stored?.terms.untilMs ?? ports.clock.nowMs()
  const isEndless = untilMs === Number.POSITIVE_INFINITY
  const end = isEndless ? 'until a moderator lifts it' : `until ${inWords(untilMs)}`
  const what = refusal.kind === 'muted' ? 'muted you in' : 'banned you from'
  const why = refusal.isSelf && stored?.terms.reason ? ` They say: ${stored.terms.reason}` : ''
  const message = refusal.isSelf
    ? `A moderator has ${what} this channel, ${end}.${why}`
    : `This person is banned from this channel, ${end}.`
  return failure(code, {
    message,
    ...(isEndless ? {} : { retryAfterMs: Math.max(0, untilMs - ports.clock.nowMs()) }),
  })
}

/** To the minute that has begun by then, in UTC. */
function inWords(timeMs: number): string {
  return `${new Date(Math.ceil(timeMs / 60_000) * 60_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
