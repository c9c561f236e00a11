/**
 * One client of the crowd: a session with cursors of its own, which comes back as the SDK does and keeps the SDK's rules (drop by
 * `changed_seq`, holes only inside a replay), but renders nothing and checks everything.
 */
import { reconnectDelayMs, restartDelayMs } from '@glasshouse/client/reconnect-delay'
import { CLOSE_CODES } from '@glasshouse/contracts'
import { LoadSocket, textFrame, type LoadSocketEnd } from '../load/load-socket.ts'
import type { Member, Return } from './storm-commands.ts'

const BACKOFF = { min: 1_000, max: 30_000 }
/** Whoever measures the others must be there before them. */
const AT_ONCE_DELAY_MS = 20

/** What all clients of a program count together. */
export interface Crowd {
  port: number
  how: Return
  /** Tries to connect wait here until this process has seen to those before them. */
  readonly tries: (() => void)[]
  /** For `when_released`: resolves at that moment. */
  released: Promise<void>
  readonly counts: {
    repeated: number
    overlapped: number
    outOfOrder: number
    applied: number
    resets: number
    resumed: number
    notConnected: number
  }
  /** By HTTP status. */
  refused: Record<string, number>
  readonly errors: string[]
  tried(): void
  resumed(): void
  current(): void
  /** A change has come, with the id that its sender gave it. */
  heard(clientId: string | undefined): void
}

interface Followed {
  cursor: number
  /** What came over this connection; undefined before its first change. */
  heardUpTo: number | undefined
  live: boolean
}

interface Frame {
  readonly type: string
  readonly stream?: string
  readonly seq?: number
  readonly changed_seq?: number
  readonly client_id?: string
  readonly session_id?: string
  readonly resumed?: boolean
}

const ERRORS_KEPT = 5
const TRIES_AT_ONCE = 32

export class StormClient {
  readonly followed = new Map<string, Followed>()
  readonly #crowd: Crowd
  readonly #member: Member
  #socket: LoadSocket | undefined
  #sessionId: string | undefined
  #liveStreams = 0
  #open = false
  #lostAtMs: number | undefined
  /** Since it was opened. */
  #wasCurrent = false

  constructor(crowd: Crowd, member: Member) {
    this.#crowd = crowd
    this.#member = member
    this.connect()
  }

  get isCurrent(): boolean {
    return this.#liveStreams === this.#member.streams.length
  }

  /** When it is its turn. */
  connect(): void {
    if (this.#crowd.tries.push(() => this.#connect()) === 1) setImmediate(() => tryNext(this.#crowd.tries))
  }

  #connect(): void {
    const asked = this.#sessionId === undefined ? '' : `&session_id=${this.#sessionId}`
    this.#crowd.tried()
    this.#socket = new LoadSocket(
      {
        port: this.#crowd.port,
        path: `/ws?token=${this.#member.token}${asked}`,
        localAddress: this.#member.localAddress,
      },
      { frame: (text) => this.#frame(JSON.parse(text.toString('utf8')) as Frame), ended: (end) => this.#ended(end) },
    )
  }

  #ended({ refusedWith, closeCode }: LoadSocketEnd): void {
    const { counts, refused, how, released } = this.#crowd
    if (!this.#open) {
      if (refusedWith === undefined) counts.notConnected++
      else refused[refusedWith] = (refused[refusedWith] ?? 0) + 1
    }
    const wasOpen = this.#open
    this.#open = false
    this.#liveStreams = 0
    this.#wasCurrent = false
    for (const each of this.followed.values()) {
      each.live = false
      each.heardUpTo = undefined
    }
    if (how === 'at_once') return void setTimeout(() => this.connect(), AT_ONCE_DELAY_MS)
    if (how === 'when_released' && wasOpen) return void released.then(() => this.connect())
    this.#lostAtMs ??= performance.now()
    const restarting = closeCode === CLOSE_CODES.restarting
    const delayMs = restarting
      ? restartDelayMs(Math.random(), BACKOFF)
      : reconnectDelayMs(performance.now() - this.#lostAtMs, Math.random(), BACKOFF)
    setTimeout(() => this.connect(), delayMs)
  }

  #frame(frame: Frame): void {
    switch (frame.type) {
      case 'connected':
        return this.#connected(frame)
      case 'replay':
        return this.#withStream(frame, (stream) => this.#setLive(stream, false))
      case 'subscribed':
        return this.#withStream(frame, (stream) => {
          stream.cursor = Math.max(stream.cursor, frame.seq ?? 0)
          this.#setLive(stream, true)
        })
      case 'reset':
        this.#crowd.counts.resets++
        return
      case 'error':
      case 'lagged':
        this.#fault(JSON.stringify(frame))
        return
      default:
        if (frame.changed_seq !== undefined) this.#withStream(frame, (stream) => this.#change(stream, frame))
    }
  }

  #connected({ session_id: sessionId, resumed }: Frame): void {
    const { counts } = this.#crowd
    const isFirst = this.#sessionId === undefined
    this.#open = true
    this.#lostAtMs = undefined
    this.#sessionId = sessionId
    if (isFirst) {
      const frames = this.#member.streams.map((stream) => {
        this.followed.set(stream, { cursor: 0, heardUpTo: undefined, live: false })
        return textFrame({ type: 'subscribe', stream })
      })
      return this.#socket?.write(frames)
    }
    this.#crowd.resumed()
    if (resumed === true) counts.resumed++
    else {
      const streams = Object.fromEntries([...this.followed].map(([stream, { cursor }]) => [stream, cursor]))
      this.#socket?.write([textFrame({ type: 'resume', streams })])
    }
  }

  #change(stream: Followed, { changed_seq: changedSeq = 0, client_id: clientId }: Frame): void {
    const { counts } = this.#crowd
    if (changedSeq <= stream.cursor) {
      if (stream.heardUpTo !== undefined && changedSeq <= stream.heardUpTo) counts.repeated++
      else counts.overlapped++
    } else {
      if (stream.live && changedSeq !== stream.cursor + 1) counts.outOfOrder++
      stream.cursor = changedSeq
      counts.applied++
      this.#crowd.heard(clientId)
    }
    stream.heardUpTo = Math.max(stream.heardUpTo ?? 0, changedSeq)
  }

  #withStream({ stream, type }: Frame, then: (followed: Followed) => void): void {
    const followed = this.followed.get(stream ?? '')
    if (followed === undefined) this.#fault(`${type} of ${stream}, which was not asked for`)
    else then(followed)
  }

  #setLive(stream: Followed, live: boolean): void {
    if (stream.live === live) return
    stream.live = live
    this.#liveStreams += live ? 1 : -1
    if (!this.isCurrent || this.#wasCurrent) return
    this.#wasCurrent = true
    this.#crowd.current()
  }

  #fault(what: string): void {
    if (this.#crowd.errors.length < ERRORS_KEPT) this.#crowd.errors.push(what)
  }
}

/**
 * Some in each turn of the event loop. Ten thousand machines each connect and ask at once; a process that opened as many sockets in one
 * turn would open them all first, and then ask for all of them in one moment.
 */
function tryNext(tries: (() => void)[]): void {
  for (const connect of tries.splice(0, TRIES_AT_ONCE)) connect()
  if (tries.length > 0) setImmediate(() => tryNext(tries))
}
