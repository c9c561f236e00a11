import { DEMO_USER_ID, failure, may, userStream, type Caller, type Failure } from '@glasshouse/contracts'
import {
  addressKey,
  assert,
  err,
  newId,
  ok,
  parseId,
  type ChannelId,
  type ClientId,
  type MessageId,
  type Result,
} from '@glasshouse/kernel'
import { explainMessageContentFault, parseMessageContent } from '../domain/message-content.ts'
import { hasEnded } from '../domain/poll.ts'
import { RateLimiter, type Place, type RateLimit, type Refusal } from '../domain/rate-limit.ts'
import { mentionNamesOf, requireDemoWrite, requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import { MessageHolder } from './hold-message.ts'
import type { AppendOutcome, MessageDraft, SentBefore } from './ports.ts'
import { pollInPast, readPoll } from './read-poll.ts'
import { SentDrafts } from './sent-drafts.ts'
import { rateKey, refusedSend, type Sending, type SendRequest, type SentMessage } from './sending.ts'
import { memberChanged, sentMessage } from './wire.ts'

/** In whose name a message is sent: they need not be here themselves. */
export type Author = Pick<Caller, 'userId' | 'username' | 'displayName' | 'role'>

/**
 * permitted -> well formed -> within the rate limit -> held for a moderator, or stored, with many others -> announced -> answered
 *
 * The rate limit counts what was stored, and what the store had to refuse. A repeat takes a place only while it is looked up; and when
 * there is no place left, a send with a client_id is looked up before it is refused, so that a retry after a lost answer always gets that
 * answer.
 */
export class MessageSender {
  readonly groupCommit: GroupCommit<Sending>
  readonly #sentDrafts: SentDrafts
  readonly holding: MessageHolder
  readonly #context: ChatContext
  readonly #rates: RateLimiter
  readonly #nowhereLimit: RateLimit

  constructor(context: ChatContext) {
    this.#context = context
    this.#rates = new RateLimiter({ bytesMax: context.limits.rateLimitBytesMax })
    const { count, windowS } = context.ports.settings.channelRateLimit
    this.#nowhereLimit = { count, windowMs: windowS * 1_000 }
    this.holding = new MessageHolder(context)
    this.#sentDrafts = new SentDrafts(context)
    this.groupCommit = createGroupCommit({
      messages: context.ports.messages,
      limits: context.limits,
      onOutcome: (draft, outcome) => this.#announce(draft, outcome),
      onBatchEnd: context.pokeRelay,
      log: context.ports.log,
    })
  }

  /** Of somebody who has not signed in: as the demo user, where that may be. `address`: the network address that it came from. */
  send(caller: Author | undefined, request: SendRequest, address = ''): Promise<Result<SentMessage, Failure>> {
    if (caller === undefined) return this.#sendAsDemoUser(request, address)
    const sent = this.#send(caller, request)
    const { draft_version: version } = request
    return version === undefined
      ? sent
      : sent.then((result) => this.#withoutDraft(result, { caller, request, version }))
  }

  /** Takes no more; resolves when all that was taken has been answered. */
  async drain(): Promise<void> {
    await this.groupCommit.drain()
    await this.#sentDrafts.drain()
  }

  #withoutDraft(
    result: Result<SentMessage, Failure>,
    of: { readonly caller: Author; readonly request: SendRequest; readonly version: number },
  ): Result<SentMessage, Failure> {
    const { caller, request, version } = of
    const channelId = parseId<ChannelId>(request.channel_id)
    if (!result.ok || channelId === undefined) return result
    const threadId = request.thread_id === undefined ? undefined : parseId<MessageId>(request.thread_id)
    this.#sentDrafts.clear({ userId: caller.userId, channelId, threadId, content: request.content, version })
    return result
  }

  async #send(caller: Author, request: SendRequest): Promise<Result<SentMessage, Failure>> {
    const permitted = requirePermission(caller, 'message.send_member')
    if (!permitted.ok) return permitted
    const parsed = parseDraft(permitted.value, request)
    return parsed.ok ? this.#submit(this.#sending(parsed.value, permitted.value)) : parsed
  }

  async #sendAsDemoUser(request: SendRequest, address: string): Promise<Result<SentMessage, Failure>> {
    const { names, ports } = this.#context
    const permitted = requireDemoWrite(ports.settings, request.channel_id)
    if (!permitted.ok) return permitted
    if (request.poll !== undefined) return err(failure('auth.required', { message: 'Sign in to ask a poll.' }))
    const author = names.cached(DEMO_USER_ID) ?? (await names.find(new Set([DEMO_USER_ID])))(DEMO_USER_ID)
    const { username, displayName } = author
    const demoUser: Author = { userId: DEMO_USER_ID, username, displayName, role: 'guest' }
    const parsed = parseDraft(demoUser, request)
    if (!parsed.ok) return parsed
    return this.#submit({
      ...this.#sending(parsed.value, demoUser),
      // It mentions nobody: a stranger could find out by it who is here, and call them.
      mentionNames: [],
      membersOnly: false,
      countedAs: addressKey(address),
      byVisitor: true,
    })
  }

  async #submit(draft: Sending): Promise<Result<SentMessage, Failure>> {
    const { clock } = this.#context.ports
    // The retry of one that was posted in time is that message, whenever it comes.
    if (hasEnded(draft.poll, clock.nowMs())) return (await this.#findBefore(draft)) ?? err(pollInPast())
    const known = this.#context.rules.of(draft.channelId)
    // Those that wait for the first reading of them go on in their order.
    const { rateLimit, heldWords } = known instanceof Promise ? await known : known
    const { count, windowS } = rateLimit
    const limit = { count, windowMs: windowS * 1_000 }
    const places = this.#reserve(draft, limit)
    if ('granted' in places) return this.#answerRefused(draft, places)

    const judged = heldWords === undefined ? undefined : this.holding.judge(draft, heldWords)
    const verdict = judged instanceof Promise ? await judged : judged
    if (verdict?.held !== undefined) {
      this.#settle(draft, places, verdict.held)
      return verdict.held
    }
    const stored = await this.groupCommit.submit(draft)
    if (stored.ok && stored.value.kind === 'appended') return this.#answer(draft, stored.value)
    verdict?.giveBack()
    const answer = stored.ok ? await this.#answer(draft, stored.value) : stored
    this.#settle(draft, places, answer)
    return answer
  }

  /** One in the limit of who sends; for a visitor one more, in that of all visitors together. */
  #reserve(draft: Sending, limit: RateLimit): readonly Place[] | Refusal {
    const nowMs = this.#context.ports.clock.monotonicMs()
    const refused = this.#rates.refusal(nowhereKey(draft), this.#nowhereLimit, nowMs)
    if (refused !== undefined) return refused
    const place = this.#rates.reserve(rateKey(draft), limit, nowMs)
    if (!place.granted) return place
    if (!draft.byVisitor) return [place]
    const ofAll = this.#rates.reserve(VISITORS_KEY, VISITORS_LIMIT, nowMs)
    if (ofAll.granted) return [place, ofAll]
    this.#rates.giveBack(place)
    return ofAll
  }

  /**
   * What was sent where there is nothing for its sender counts in one place for all such channels: in the limit of its own, who is outside
   * could find out by it that a channel is there, and how slow it is.
   */
  #settle(draft: Sending, places: readonly Place[], answer: Result<SentMessage, Failure>): void {
    const counts = countsIn(answer)
    if (counts === 'channel') return
    for (const place of places) this.#rates.giveBack(place)
    if (counts === 'nowhere') {
      this.#rates.reserve(nowhereKey(draft), this.#nowhereLimit, this.#context.ports.clock.monotonicMs())
    }
  }

  /** Whether this very message was stored, or held for a moderator, whatever its author may do by now. */
  async hasSent(caller: Author, request: SendRequest): Promise<boolean> {
    const parsed = parseDraft(caller, request)
    if (!parsed.ok) return false
    const draft = this.#sending(parsed.value, caller)
    const before = await this.#context.ports.messages.findSent(draft)
    if (before !== undefined) return before.kind === 'repeated'
    return (await this.holding.find(draft))?.ok === true
  }

  /** Counts what was sent in the last window before a restart; but for visitors, whose addresses are kept nowhere. */
  async restoreRates(): Promise<void> {
    const { messages, clock, settings } = this.#context.ports
    const longestS = await this.#context.ports.channels.longestRateWindowS()
    const windowMs = Math.max(settings.lobbyRateLimit.windowS, settings.channelRateLimit.windowS, longestS) * 1_000
    const sends = await messages.recentSends(windowMs, this.#context.limits.rateLimitRestoreMax)
    const nowMs = clock.monotonicMs()
    for (const { channelId, userId, ageMs } of sends) {
      if (userId === DEMO_USER_ID) continue
      const { count, windowS } = (await this.#context.rules.of(channelId)).rateLimit
      const limit = { count, windowMs: windowS * 1_000 }
      // A time to come was given before the clock was stepped back: it counts as now, and so for no more than a whole window.
      this.#rates.restore(rateKey({ channelId, countedAs: userId }), limit, nowMs - Math.max(0, ageMs))
    }
  }

  async #answerRefused(draft: Sending, refused: Refusal): Promise<Result<SentMessage, Failure>> {
    const before = await this.#findBefore(draft)
    if (before !== undefined) return before
    const code = refused.reason === 'limit' ? 'message.rate_limited' : 'server.overloaded'
    return err(failure(code, { retryAfterMs: refused.retryAfterMs }))
  }

  /** What an earlier attempt was answered. */
  async #findBefore(draft: Sending): Promise<Result<SentMessage, Failure> | undefined> {
    if (draft.clientId === undefined) return undefined
    const sent = await this.#context.ports.messages.findSent(draft)
    return sent === undefined ? this.holding.find(draft) : this.#answer(draft, sent)
  }

  /** At once, but for what was held. */
  #answer(
    draft: Sending,
    outcome: AppendOutcome | SentBefore,
  ): Result<SentMessage, Failure> | Promise<Result<SentMessage, Failure>> {
    switch (outcome.kind) {
      case 'appended':
        assert(draft.message !== undefined, 'a message is announced before its sender is answered')
        return ok({ message: draft.message, repeated: false })
      case 'repeated':
        return ok({ message: sentMessage(draft, outcome, draft.author), repeated: true })
      case 'conflict':
        return err(failure('message.client_id_conflict', { path: 'client_id' }))
      case 'held_before':
        return this.#answerHeld(draft)
      default:
        return refusedSend(this.#context, outcome.kind, draft).then(err)
    }
  }

  async #answerHeld(draft: Sending): Promise<Result<SentMessage, Failure>> {
    return (await this.holding.find(draft)) ?? err(failure('server.overloaded', { retryAfterMs: HELD_RETRY_MS }))
  }

  /** After the commit, in the order of the stream, and before the sender hears of it. */
  #announce(draft: Sending, outcome: AppendOutcome): void {
    if (outcome.kind !== 'appended') return
    draft.message = sentMessage(draft, outcome, draft.author)
    const { listeners } = this.#context
    if (!listeners.wantsChanges) return
    if (outcome.joinSeq !== undefined) {
      const { userId, channelId } = draft
      const joined = { userId, changedSeq: outcome.joinSeq, membership: 'joined', role: 'member' } as const
      // Whoever is no member can write in public channels only.
      listeners.change(memberChanged({ id: channelId, type: 'public' }, joined, draft.author))
      // Rare, and it needs the channel: whoever watches reads it.
      if (outcome.joinUserSeq !== undefined) {
        listeners.advanced([{ stream: userStream(userId), head: outcome.joinUserSeq }])
      }
    }
    listeners.change({ type: 'new_message', ...draft.message })
  }

  #sending(draft: MessageDraft, { userId, username, displayName, role }: Author): Sending {
    const author = this.#context.names.cached(userId) ?? { username, displayName, bot: false, degraded: false }
    const moderatesPublic = may(role, 'message.moderate_public')
    return { ...draft, author, moderatesPublic, countedAs: userId, byVisitor: false, message: undefined }
  }
}

/** When what was held has been decided about, and forgotten, between the look for it and the answer. */
const HELD_RETRY_MS = 1_000

/** One network can have any number of addresses, so the limit of each is none for all of them. */
const VISITORS_LIMIT: RateLimit = { count: 60, windowMs: 60_000 }
const VISITORS_KEY = 'visitors'

function nowhereKey({ countedAs }: Sending): string {
  return `nowhere ${countedAs}`
}

/** What was stored or held, and what the store had to look at to refuse it: that costs it as much as a message. */
function countsIn(answer: Result<SentMessage, Failure>): 'channel' | 'nowhere' | 'nothing' {
  if (answer.ok) return answer.value.repeated ? 'nothing' : 'channel'
  switch (answer.error.code) {
    case 'message.too_many_held':
    case 'message.thread_not_found':
    case 'channel.archived':
    case 'channel.muted':
    case 'channel.banned':
      return 'channel'
    case 'not_found':
    case 'permission.denied':
      return 'nowhere'
    default:
      return 'nothing'
  }
}

function parseDraft(caller: Author, request: SendRequest): Result<MessageDraft, Failure> {
  const channelId = parseId<ChannelId>(request.channel_id)
  if (channelId === undefined) return err(failure('not_found'))
  const clientId = request.client_id === undefined ? undefined : parseId<ClientId>(request.client_id)
  if (clientId === undefined && request.client_id !== undefined) return err(notAUuid('client_id'))
  const threadId = request.thread_id === undefined ? undefined : parseId<MessageId>(request.thread_id)
  if (threadId === undefined && request.thread_id !== undefined) return err(notAUuid('thread_id'))
  const content = parseMessageContent(request.content)
  if (!content.ok) {
    return err(failure('request.invalid', { path: 'content', message: explainMessageContentFault(content.error) }))
  }
  const poll = readPoll(request.poll)
  if (!poll.ok) return poll
  const mentionNames = mentionNamesOf(content.value, caller)
  const { userId } = caller
  return ok({
    id: newId<MessageId>(),
    channelId,
    userId,
    clientId,
    threadId,
    content: content.value,
    mentionNames,
    poll: poll.value,
    membersOnly: !may(caller.role, 'message.send_public'),
  })
}

function notAUuid(path: string): Failure {
  return failure('request.invalid', { path, message: `${path}: must be a UUID.` })
}
