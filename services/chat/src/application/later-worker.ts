import { errorDefinition, failure, type Failure, type Role } from '@glasshouse/contracts'
import { err, type Service, type UserId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import type { LeasedScheduled } from './later-ports.ts'
import type { UserRecord } from './ports.ts'
import type { MessageSender } from './send-message.ts'
import { reminderChanged, scheduledChanged } from './wire-later.ts'

export interface LaterLimits {
  readonly pollIntervalMs: number
  /** After a round that failed, as all do while the database is away. */
  readonly retryMs: number
  readonly scheduledPerRoundMax: number
  /** How long a message stays in the hand of a server that has died. */
  readonly leaseMs: number
  readonly remindedPerRoundMax: number
  readonly remindersPerPersonMax: number
}

const LATER_LIMITS: LaterLimits = {
  pollIntervalMs: 1_000,
  retryMs: 5_000,
  scheduledPerRoundMax: 50,
  leaseMs: 15_000,
  remindedPerRoundMax: 50,
  remindersPerPersonMax: 100,
}

/** An error that says nothing of when to come back. */
const RETRY_MS = 5_000

/**
 * Does what is due: sends messages in the name of those who scheduled them, and tells of reminders. Any number of servers may do so side
 * by side, and any of them may die at any point. A message is leased to one server at a time, and nothing is locked while it is sent; its
 * id is its client_id, so a second attempt, by whomever, finds what the first has stored (ST-4). Reminders are made due in one
 * transaction under the lock of their person's stream.
 *
 * What was due while nothing ran is done at the start: it is what is due longest.
 */
export class LaterWorker {
  readonly service: Service
  readonly #context: ChatContext
  readonly #sender: MessageSender
  readonly #limits: LaterLimits
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined
  #again = false
  #ended = true

  constructor(context: ChatContext, sender: MessageSender, limits: Partial<LaterLimits> = {}) {
    this.#context = context
    this.#sender = sender
    this.#limits = { ...LATER_LIMITS, ...limits }
    this.service = {
      name: 'later',
      run: async () => {
        this.#ended = false
        this.poke()
      },
      drain: async () => {
        this.#ended = true
        clearTimeout(this.#timer)
        await this.#round
      },
      stop: async () => {
        this.#ended = true
        clearTimeout(this.#timer)
      },
    }
  }

  /** Something may be due. */
  poke(): void {
    this.#again = true
    if (this.#ended || this.#round !== undefined) return
    clearTimeout(this.#timer)
    this.#round = this.#run().then((done) => {
      this.#round = undefined
      if (this.#ended) return
      const { pollIntervalMs, retryMs } = this.#limits
      this.#timer = setTimeout(() => this.poke(), done ? pollIntervalMs : retryMs).unref()
    })
  }

  /** Resolves to whether it could do what it had to. */
  async #run(): Promise<boolean> {
    try {
      while (this.#again && !this.#ended) {
        this.#again = false
        const [sent, reminded] = await Promise.all([this.#sendDue(), this.#remindDue()])
        if (sent || reminded) this.#again = true
      }
      return true
    } catch (error) {
      this.#context.ports.log(`what is due later waits: ${String(error)}`)
      return false
    }
  }

  /** Resolves to whether there may be more. */
  async #sendDue(): Promise<boolean> {
    const { scheduledPerRoundMax: limit, leaseMs } = this.#limits
    const { ports } = this.#context
    const due = await ports.scheduled.lease({ limit, leaseMs })
    if (due.length === 0) return false
    // As they are now: who was disabled since writes nothing any more.
    const users = await ports.fetchUsers([...new Set(due.map(({ userId }) => userId))])
    const authors = new Map(users.map((user) => [user.id, user]))
    const inTurn = Map.groupBy(due, ({ userId, channelId }) => `${userId} ${channelId}`)
    const ended = await Promise.allSettled([...inTurn.values()].map((each) => this.#sendInTurn(each, authors)))
    for (const each of ended) if (each.status === 'rejected') throw each.reason
    return due.length === limit
  }

  /** What one person has planned for one channel, in its order: what cannot be sent yet holds back what comes after it. */
  async #sendInTurn(due: readonly LeasedScheduled[], authors: ReadonlyMap<UserId, UserRecord>): Promise<void> {
    let isHeldBack = false
    for (const leased of due) {
      if (isHeldBack) await this.#context.ports.scheduled.postpone(leased, 0)
      else isHeldBack = (await this.#send(leased, authors.get(leased.userId))) === 'postponed'
    }
  }

  async #send(leased: LeasedScheduled, author: UserRecord | undefined): Promise<'settled' | 'postponed'> {
    const { userId, id, channelId, threadId, content } = leased
    const { username, displayName, role } = author ?? { username: '', displayName: '', role: 'guest' }
    const as = { userId, username, displayName, role: role as Role }
    const request = {
      channel_id: channelId,
      content,
      client_id: id,
      ...(threadId === undefined ? {} : { thread_id: threadId }),
    }
    const sent = author?.state === 'active' ? await this.#sender.send(as, request) : err(failure('permission.denied'))
    if (!sent.ok && mayPass(sent.error)) {
      await this.#context.ports.scheduled.postpone(leased, sent.error.retryAfterMs ?? RETRY_MS)
      return 'postponed'
    }
    // An attempt before this one may have sent it, while its author still could.
    const isSent = sent.ok || (await this.#sender.hasSent(as, request))
    await this.#settle(leased, isSent ? { state: 'sent' } : { state: 'failed', reason: sent.error.code })
    return 'settled'
  }

  async #settle(
    leased: LeasedScheduled,
    outcome: { readonly state: 'sent' } | { readonly state: 'failed'; readonly reason: string },
  ): Promise<void> {
    const { ports, listeners, pokeRelay } = this.#context
    const settled = await ports.scheduled.settle(leased, outcome)
    if (settled === undefined) return
    pokeRelay()
    listeners.change(scheduledChanged(leased.userId, settled))
  }

  /** Resolves to whether there may be more. */
  async #remindDue(): Promise<boolean> {
    const { remindedPerRoundMax: usersMax, remindersPerPersonMax: perUserMax } = this.#limits
    const { ports, listeners, pokeRelay } = this.#context
    const due = await ports.reminders.fire({ usersMax, perUserMax })
    if (due.length === 0) return false
    pokeRelay()
    for (const { userId, reminder } of due) listeners.change(reminderChanged(userId, reminder))
    return true
  }
}

function mayPass({ code }: Failure): boolean {
  return errorDefinition(code).retryable
}
