import type { LiveConnection, LiveReason, LiveStatus } from '@glasshouse/client'
import type { ChangeFrame, User } from '@glasshouse/contracts'
import type { Outgoing, SendOutcome } from './outbox.ts'
import { People } from './people.svelte.ts'

/** How often the figures of the glass wall are read. */
const FIGURES_MS = 500
const LOAD_AGAIN_MS = 3_000

interface Followed {
  readonly stream: string
  /** Shown in the glass wall. */
  readonly label?: string
}

interface FollowHandlers {
  changes(changes: readonly ChangeFrame[]): void
  /** Too much was missed: load a snapshot; resolves to the stream's head that it was read at. */
  reset(): Promise<number>
  /** The server refuses the stream, or no longer gives it: `code` says why. */
  refused(reason: string, code?: string): void
}

/** Follows streams beside the page: a connection follows each once, so the page takes some over from it. */
export interface StreamSharer {
  /** The page follows this stream from now on. Returns from where it must begin at the latest; undefined: wherever it likes. */
  lend(stream: string): number | undefined
  /** What such a stream has brought. */
  heard(changes: readonly ChangeFrame[]): void
  /** Such a stream was begun anew, beyond changes that nobody was told. */
  missed(): void
  giveBack(): void
}

/** Who looks at the page. */
export interface LiveOwner {
  readonly userId: string
  /** Of the browser's session: the tabs of one sign-in share a connection. */
  readonly signInId: string
}

/** The live connection as the page shows it. There is one per page; it begins with `start`, in the browser only. */
export class LiveState {
  /** Nobody is signed in: what is public is read, and nothing is written. */
  readonly visitor: boolean
  state = $state<LiveStatus['state']>('connecting')
  reason = $state<LiveReason>()
  /** Lost, and not there again yet. */
  cut = $state(false)
  rttMs = $state<number>()
  /** From sending to acknowledgement, of the last message. */
  lastAckMs = $state<number>()
  framesPerSecond = $state(0)
  sessionId = $state<string>()
  /** Tabs of this browser that share the connection, this one included. */
  tabs = $state(1)
  /** Whether another tab has the socket. */
  follows = $state(false)
  /** Where the page is in the stream that it shows. */
  cursor = $state.raw<{ readonly name: string; readonly seq: number }>()
  /** How the people are who are on the screen; of nobody for a visitor. */
  readonly people = new People()
  /** What the page follows now. */
  readonly pageStreams = new Set<string>()
  sharer: StreamSharer | undefined

  #connection: LiveConnection | undefined
  #figures: ReturnType<typeof setInterval> | undefined
  #seqNow: (() => { readonly name: string; readonly seq: number | undefined }) | undefined
  /** Ends when the connection was made. */
  #loading: Promise<void> | undefined
  #stopped = false
  /** Followed before the connection was made. */
  readonly #onStart: (() => void)[] = []
  readonly #owner: LiveOwner | undefined

  /** Without an owner: for a visitor. */
  constructor(owner: LiveOwner | undefined) {
    this.#owner = owner
    this.visitor = owner === undefined
  }

  start(): void {
    this.#loading = this.#begin()
  }

  async #begin(): Promise<void> {
    const Connection = await this.#loadCode()
    if (Connection === undefined) return
    const owner = this.#owner
    const connection = new Connection({
      url: socketUrl,
      http: { baseUrl: '', visitor: this.visitor },
      share: { name: owner?.signInId ?? 'visitor' },
      // There is nothing to ask about a visitor, who is not signed in.
      ...(owner && { userId: owner.userId, isSignedIn: () => isSignedIn(owner.userId) }),
    })
    this.#connection = connection
    connection.onState((status) => this.#show(status))
    if (!this.visitor) this.people.start(connection)
    for (const run of this.#onStart.splice(0)) run()
    connection.connect()
    this.#show(connection.status)
    this.#figures = setInterval(() => this.#readFigures(), FIGURES_MS)
  }

  /** The page is there before the code of its connection, which a bad line may not bring at once. Undefined when it was stopped. */
  async #loadCode(): Promise<typeof LiveConnection | undefined> {
    while (!this.#stopped) {
      try {
        const loaded = await import('./live-connection.ts')
        return this.#stopped ? undefined : loaded.LiveConnection
      } catch {
        await new Promise((resolve) => setTimeout(resolve, LOAD_AGAIN_MS))
      }
    }
    return undefined
  }

  stop(): void {
    this.#stopped = true
    clearInterval(this.#figures)
    this.people.stop()
    this.#connection?.close()
    this.#connection = undefined
  }

  /** Runs with the connection of somebody who is signed in, now or once it is made. Returns what ends that. */
  whileConnected(run: (connection: LiveConnection) => () => void): () => void {
    if (this.visitor) return () => {}
    let end = (): void => {
      const at = this.#onStart.indexOf(begin)
      if (at >= 0) this.#onStart.splice(at, 1)
    }
    const begin = (): void => {
      if (this.#connection) end = run(this.#connection)
    }
    if (this.#connection) begin()
    else this.#onStart.push(begin)
    return () => end()
  }

  /** Follows a stream from `after` on, over all reconnects. Returns what ends it. */
  follow({ stream, label }: Followed, after: number, handlers: FollowHandlers): () => void {
    let end = (): void => {
      const at = this.#onStart.indexOf(begin)
      if (at >= 0) this.#onStart.splice(at, 1)
    }
    this.pageStreams.add(stream)
    const begin = (): void => {
      const from = this.sharer?.lend(stream) ?? after
      const subscription = this.#connection?.subscribe(stream, {
        after: Math.min(from, after),
        onChanges: (changes) => {
          this.sharer?.heard(changes)
          handlers.changes(from < after ? changes.filter((change) => change.changed_seq > after) : changes)
          this.#readFigures()
        },
        onReset: () => {
          handlers.reset().then(
            (seq) => {
              subscription?.restartAt(seq)
              this.sharer?.missed()
            },
            (cause: unknown) =>
              handlers.refused(cause instanceof Error ? cause.message : 'The messages could not be loaded.'),
          )
        },
        onError: (error) => handlers.refused(error.message, error.code),
        onCaughtUp: () => this.#readFigures(),
      })
      const seqNow = label === undefined ? undefined : () => ({ name: label, seq: subscription?.seq })
      this.#seqNow = seqNow ?? this.#seqNow
      end = () => {
        subscription?.unsubscribe()
        if (seqNow === undefined || this.#seqNow !== seqNow) return
        this.#seqNow = undefined
        this.cursor = undefined
      }
    }
    // A page's parts are mounted before the page that holds the connection.
    if (this.#connection) begin()
    else this.#onStart.push(begin)
    return () => {
      end()
      this.pageStreams.delete(stream)
      this.sharer?.giveBack()
    }
  }

  /** Sends a message now, or once the connection stands. */
  async send(message: Outgoing): Promise<SendOutcome> {
    await this.#loading
    const connection = this.#connection
    if (!connection) return { kind: 'kept' }
    const answer = await connection.sendMessage({
      channel_id: message.channelId,
      content: message.content,
      client_id: message.clientId,
      ...(message.threadId === undefined ? {} : { thread_id: message.threadId }),
      ...(message.draftVersion === undefined ? {} : { draft_version: message.draftVersion }),
    })
    this.#readFigures()
    if (answer.ok) return { kind: 'sent', receipt: answer.value }
    if (answer.error.code === 'client.closed') return { kind: 'kept' }
    const { code, message: reason, retryAfterMs } = answer.error
    // The message of the contract says to wait; the page counts the seconds.
    const told =
      code === 'message.rate_limited' && retryAfterMs !== undefined ? 'Too many messages in a short time.' : reason
    return { kind: 'refused', reason: told, retryAfterMs }
  }

  #show(status: LiveStatus): void {
    this.state = status.state
    this.reason = status.reason
    // A new page is not cut off while it connects for the first time.
    if (status.state !== 'connecting') this.cut = status.state === 'offline' && status.reason !== 'not_started'
    this.#readFigures()
  }

  #readFigures(): void {
    if (!this.#connection) return
    const { rttMs, ackMs, framesPerSecond, sessionId, tabs, follows } = this.#connection.stats
    this.tabs = tabs
    this.follows = follows
    this.rttMs = rttMs
    this.lastAckMs = ackMs
    this.framesPerSecond = framesPerSecond
    this.sessionId = sessionId
    const now = this.#seqNow?.()
    if (now?.seq === this.cursor?.seq && now?.name === this.cursor?.name) return
    this.cursor = now?.seq === undefined ? undefined : { name: now.name, seq: now.seq }
  }
}

/** Same place as the page; the cookie authenticates. */
function socketUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`
}

/** A browser hides why a socket was refused. Undefined when it cannot be said. Somebody else's cookie is none of this page. */
async function isSignedIn(userId: string): Promise<boolean | undefined> {
  try {
    const response = await fetch('/api/users/me', { cache: 'no-store' })
    if (response.ok) return ((await response.json()) as User).id === userId
    return response.status === 401 ? false : undefined
  } catch {
    return undefined
  }
}
