import { errorDefinition, type Failure, type Role } from '@glasshouse/contracts'
import type { Service, UserId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import type { StoredScheduled } from './later-ports.ts'
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
    const due = await this.#context.ports.scheduled.lease({ limit, leaseMs })
    await Promise.all(due.map((each) => this.#send(each.userId, each)))
    return due.length === limit
  }

  async #send(userId: UserId, scheduled: StoredScheduled): Promise<void> {
    const { ports } = this.#context
    const { id, channelId, threadId, content } = scheduled
    // As they are now: who was disabled since writes nothing any more.
    const [author] = await ports.fetchUsers([userId])
    if (author === undefined || author.state !== 'active') {
      return this.#settle(userId, id, { state: 'failed', reason: 'permission.denied' })
    }
    const { username, displayName, role } = author
    const sent = await this.#sender.send(
      { userId, username, displayName, role: role as Role },
      {
        channel_id: channelId,
        content,
        client_id: id,
        ...(threadId === undefined ? {} : { thread_id: threadId }),
      },
    )
    if (sent.ok) return this.#settle(userId, id, { state: 'sent' })
    if (mayPass(sent.error)) return ports.scheduled.postpone(userId, id, sent.error.retryAfterMs ?? RETRY_MS)
    return this.#settle(userId, id, { state: 'failed', reason: sent.error.code })
  }

  async #settle(
    userId: UserId,
    id: StoredScheduled['id'],
    outcome: { readonly state: 'sent' } | { readonly state: 'failed'; readonly reason: string },
  ): Promise<void> {
    const { ports, listeners, pokeRelay } = this.#context
    const settled = await ports.scheduled.settle(userId, id, outcome)
    if (settled === undefined) return
    pokeRelay()
    listeners.change(scheduledChanged(userId, settled))
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
