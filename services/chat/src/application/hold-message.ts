/** Whether a message of a moderated channel waits for a moderator, and what its sender is answered then. */
import { failure, type Failure, type HeldMessage } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { moderates } from '../domain/message-change.ts'
import { NEW_ACCOUNT_MS, rulesBroken, textsOf, type HoldRule, type WordMatcher } from '../domain/moderation-rules.ts'
import { RateLimiter } from '../domain/rate-limit.ts'
import type { ChatContext } from './context.ts'
import { tell } from './moderate.ts'
import type { StoredModeration } from './ports.ts'
import { rateKey, refusedSend, type Sending, type SentMessage } from './sending.ts'
import { sentMessage } from './wire.ts'
import { toModeratedMessage, usersOfModeration } from './wire-moderation.ts'

export interface Verdict {
  /** What the sender is answered, when the message does not go into the channel now. */
  readonly held: Result<SentMessage, Failure> | undefined
  /** It was not stored after all: it counts for nothing. */
  giveBack(): void
}

const PASSES: Verdict = { held: undefined, giveBack: () => undefined }

/**
 * A text that breaks no rule, of whoever has an account for longer than a day, passes at once, and nothing is asked. Of others it is asked
 * whether they decide here themselves: then nothing of theirs is held. For new accounts it is looked up whether the message was held before,
 * since their next attempt may come when they are slow enough to pass. Messages of one person wait for each other meanwhile, so that their
 * order stays.
 */
export class MessageHolder {
  readonly #context: ChatContext
  readonly #bursts: RateLimiter
  /** Of those who are being judged: the end of the last one's turn. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(context: ChatContext) {
    this.#context = context
    this.#bursts = new RateLimiter({ bytesMax: context.limits.newAccountBytesMax })
  }

  /** At once when it passes, and nothing had to be asked. */
  judge(draft: Sending, heldWords: WordMatcher): Verdict | Promise<Verdict> {
    const broken = rulesBroken(textsOf(draft), heldWords)
    const key = rateKey(draft)
    const before = this.#turns.get(key)
    if (broken.length === 0 && before === undefined && this.#isNew(draft) === false) return PASSES
    const turn = (before ?? Promise.resolve()).then(() =>
      broken.length > 0 ? this.#judgeBroken(draft, broken) : this.#judgeNew(draft, key),
    )
    const settled = turn.catch(() => undefined)
    this.#turns.set(key, settled)
    void settled.then(() => {
      if (this.#turns.get(key) === settled) this.#turns.delete(key)
    })
    return turn
  }

  /** What a sender is answered whose message was held before. */
  async find(draft: Sending): Promise<Result<SentMessage, Failure> | undefined> {
    const before = await this.#context.ports.moderation.findHeld(draft)
    if (before === undefined) return undefined
    return before.kind === 'conflict' ? CONFLICT : this.#answerBefore(draft, before.message)
  }

  /** Undefined for whom the cache does not know. A visitor has no account at all. */
  #isNew({ userId, byVisitor }: Sending): boolean | undefined {
    if (byVisitor) return true
    const { names, ports } = this.#context
    const createdAtMs = names.accountCreatedAtMs(userId)
    return createdAtMs === undefined ? undefined : ports.clock.nowMs() - createdAtMs < NEW_ACCOUNT_MS
  }

  /** Under the client_id of one that was held before, who decides now gets the answer of then all the same. */
  async #judgeBroken(draft: Sending, broken: readonly HoldRule[]): Promise<Verdict> {
    if (!(await this.#decidesHere(draft))) return this.#hold(draft, broken)
    const held = draft.clientId === undefined ? undefined : await this.find(draft)
    return held === undefined ? PASSES : { ...PASSES, held }
  }

  /** Whether they would be asked about it themselves. */
  async #decidesHere({ channelId, userId, moderatesPublic }: Sending): Promise<boolean> {
    const standing = (await this.#context.ports.channels.standings([channelId], userId)).get(channelId)
    return standing !== undefined && moderates({ moderatesPublic }, standing)
  }

  async #judgeNew(draft: Sending, key: string): Promise<Verdict> {
    if (this.#isNew(draft) === undefined) await this.#context.names.find(new Set([draft.userId]))
    // Whom nobody knows just now is new, for all that can be told.
    if (this.#isNew(draft) === false) return PASSES
    const held = draft.clientId === undefined ? undefined : await this.find(draft)
    if (held !== undefined) return { ...PASSES, held }
    const { clock, settings } = this.#context.ports
    const { count, windowS } = settings.newAccountRateLimit
    const place = this.#bursts.reserve(key, { count, windowMs: windowS * 1_000 }, clock.monotonicMs())
    if (!place.granted) return (await this.#decidesHere(draft)) ? PASSES : this.#hold(draft, ['new_account'])
    return { held: undefined, giveBack: () => this.#bursts.giveBack(place) }
  }

  async #hold(draft: Sending, heldFor: readonly HoldRule[]): Promise<Verdict> {
    const { ports, limits } = this.#context
    const outcome = await ports.moderation.hold(draft, heldFor, limits)
    switch (outcome.kind) {
      case 'held':
        tell(this.#context, outcome.advances)
        return answered(ok({ message: await this.#show(outcome.message, draft), repeated: false }))
      case 'held_before':
        return answered(await this.#answerBefore(draft, outcome.message))
      case 'repeated':
        return answered(ok({ message: sentMessage(draft, outcome, draft.author), repeated: true }))
      case 'conflict':
        return answered(CONFLICT)
      case 'too_many_held':
        return answered(err(failure('message.too_many_held', { retryAfterMs: TOO_MANY_RETRY_MS })))
      default:
        return answered(err(await refusedSend(this.#context, outcome.kind, draft)))
    }
  }

  /** As it is now: when it was approved, it is the message in the channel. */
  async #answerBefore(draft: Sending, message: StoredModeration): Promise<Result<SentMessage, Failure>> {
    if (message.status === 'pending' || message.status === 'removed') {
      return ok({ message: await this.#show(message, draft), repeated: true })
    }
    const sent = await this.#context.ports.messages.findSent(draft)
    if (sent === undefined || sent.kind === 'conflict') return CONFLICT
    return ok({ message: sentMessage(draft, sent, draft.author), repeated: true })
  }

  /** A visitor is a stranger: they are not told who removed what they wrote, and why. */
  async #show(stored: StoredModeration, { byVisitor }: Sending): Promise<HeldMessage> {
    const message = byVisitor ? { ...stored, decidedBy: null, decidedAtMs: null, reason: null } : stored
    const nameOf = await this.#context.names.find(usersOfModeration([message]))
    const status = message.status === 'pending' ? 'pending' : 'removed'
    return { ...toModeratedMessage(message, nameOf, 'author'), status }
  }
}

/** When a moderator may have looked at some of them. */
const TOO_MANY_RETRY_MS = 60_000

const CONFLICT = err(failure('message.client_id_conflict', { path: 'client_id' }))

function answered(held: Result<SentMessage, Failure>): Verdict {
  return { ...PASSES, held }
}
