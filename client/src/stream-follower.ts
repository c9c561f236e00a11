/**
 * One stream as a reader follows it over sockets that come and go.
 *
 * The StreamCursor (kernel/src/cursor.ts) decides what is a repeat, what is next and what is missing; here its reads are the replays that
 * the server sends: `replay {after}`, changes in order whose `changed_seq` may skip, `subscribed {seq}`. A replay comes as the answer to
 * our `subscribe {after}`, or unasked, when the hub has healed a gap of its own or this connection has drained after `lagged`. Both are
 * taken alike: one that begins at or below the cursor is complete from there, so it may be applied; one that begins beyond it leaves
 * something out, so it is skipped and we ask for our own.
 *
 * Outside of a replay a skip is a gap: the change is held, and the server is asked for what follows the cursor. Asking again and again
 * without the cursor moving means that something is broken: then the socket is given up, and a new one starts from the cursor.
 */
import type { ChangeFrame, ServerFrame } from '@glasshouse/contracts'
import { StreamCursor } from '@glasshouse/kernel'
import { apiError } from './api-error.ts'
import { callOut } from './call-out.ts'
import type { LiveSubscription, StreamHandlers } from './live-types.ts'

/** Live changes that wait for a replay. Beyond this they are forgotten, and read again. */
const HELD_MAX = 1_000
/** A replay is handed over in parts of this size. */
const PART_MAX = 500
/** Replays in a row that may leave a gap and the cursor where it was. */
const FRUITLESS_MAX = 3
/** An error that may pass is tried again this often. */
const RETRIES_MAX = 10
const RETRY_MS_DEFAULT = 2_000

type Phase = 'idle' | 'asked' | 'replaying' | 'skipping' | 'live' | 'waiting' | 'reset' | 'failed' | 'ended'

const FOLLOWING: ReadonlySet<Phase> = new Set(['asked', 'replaying', 'skipping', 'live'])

/** What a follower needs of its connection. */
export interface FollowerPort {
  /** Sends `subscribe`; false when no socket is live, and then the next one begins anew. */
  subscribe(stream: string, after: number | undefined): boolean
  /** The socket is of no more use. */
  giveUp(): void
  /** This stream is followed no more; `refused`: by the server's wish, who needs not be told. */
  ended(stream: string, refused: boolean): void
  later(run: () => void, delayMs: number): void
  random(): number
  monotonicMs(): number
}

export class StreamFollower implements LiveSubscription {
  readonly stream: string
  readonly #handlers: StreamHandlers
  readonly #port: FollowerPort
  #cursor: StreamCursor<ChangeFrame> | undefined
  #phase: Phase = 'idle'
  /** Read but not handed over yet. */
  #part: ChangeFrame[] = []
  /** Monotonic: when our `subscribe` left that is unanswered. */
  #askedAtMs: number | undefined
  /** The cursor when we last asked. */
  #askedFrom: number | undefined
  #fruitless = 0
  #retries = 0
  /** The server replays by itself, since it has restored the session. */
  #restoring = false
  /** Asked for at least once. */
  #begun = false

  constructor(stream: string, handlers: StreamHandlers, port: FollowerPort) {
    this.stream = stream
    this.#handlers = handlers
    this.#port = port
    if (handlers.after !== undefined) this.#startAt(handlers.after)
  }

  get seq(): number | undefined {
    const waiting = this.#part[0]
    // What waits in the part was not handed over.
    return waiting === undefined ? this.#cursor?.seq : waiting.changed_seq - 1
  }

  get state(): LiveSubscription['state'] {
    switch (this.#phase) {
      case 'replaying':
      case 'live':
      case 'reset':
      case 'failed':
      case 'ended':
        return this.#phase
      case 'idle':
      case 'asked':
      case 'skipping':
      case 'waiting':
        return 'waiting'
    }
  }

  /** Whether an answer is due since before this time, monotonic. */
  askedBefore(timeMs: number): boolean {
    return this.#askedAtMs !== undefined && this.#askedAtMs <= timeMs
  }

  /** A socket is live: says from where to go on, or 'not_now' when this stream is not to be asked for. The caller asks. */
  begin(): { readonly after: number | undefined } | 'not_now' {
    if (this.#phase === 'reset' || this.#phase === 'failed' || this.#phase === 'ended') return 'not_now'
    this.#phase = 'asked'
    this.#begun = true
    this.#restoring = false
    this.#askedAtMs = this.#port.monotonicMs()
    return { after: this.#cursor?.beginRead() }
  }

  /**
   * A socket is live whose session has restored this stream from `seq`, so a replay from there is coming. False when that is not what
   * is missing here: then `begin` says what to ask for.
   */
  beginRestored(seq: number): boolean {
    // Where nothing is known yet, the session's place is that of our first subscribe, unless an earlier page made it.
    const isOurs = this.#cursor === undefined ? this.#begun : this.#cursor.seq >= seq
    if (!isOurs || this.begin() === 'not_now') return false
    this.#restoring = true
    return true
  }

  /** The socket is gone. What was read of a replay stays: its changes are complete up to the last one. */
  disconnected(): void {
    this.#handOver({ replay: true })
    this.#askedAtMs = undefined
    if (this.#phase !== 'reset' && this.#phase !== 'failed' && this.#phase !== 'ended') this.#phase = 'idle'
  }

  restartAt(seq: number): void {
    if (this.#phase === 'ended' || this.#phase === 'failed') return
    this.#part = []
    this.#startAt(seq)
    this.#fruitless = 0
    this.#ask()
  }

  unsubscribe(): void {
    if (this.#phase === 'ended') return
    const failed = this.#phase === 'failed'
    this.#phase = 'ended'
    this.#part = []
    if (!failed) this.#port.ended(this.stream, false)
  }

  change(change: ChangeFrame): void {
    const cursor = this.#cursor
    if (cursor === undefined) return
    if (this.#phase === 'replaying') {
      if (change.changed_seq <= cursor.seq) return
      cursor.advance(change.changed_seq)
      this.#part.push(change)
      if (this.#part.length >= PART_MAX) this.#handOver({ replay: true })
      return
    }
    if (this.#phase !== 'live' && this.#phase !== 'asked') return
    const offer = cursor.offer(change)
    if (offer === 'apply') this.#hand([change], { replay: false })
    else if (offer === 'read') this.#ask()
  }

  /** What came may have been the last of this stream: whether it goes on is asked, from where it stands. */
  askAgain(): void {
    if (!FOLLOWING.has(this.#phase)) return
    const before = this.#phase
    this.#handOver({ replay: true })
    if (!this.#isNot(before)) this.#ask()
  }

  replay(after: number): void {
    // One may begin within another: the server began anew, and the first is not going to end.
    if (!FOLLOWING.has(this.#phase)) return
    if (this.#cursor === undefined && this.#restoring) this.#startAt(after)
    this.#restoring = false
    const cursor = this.#cursor
    if (cursor === undefined || after > cursor.seq) {
      this.#phase = 'skipping'
      return
    }
    cursor.beginRead()
    this.#phase = 'replaying'
  }

  subscribed(seq: number, recovered: boolean): void {
    switch (this.#phase) {
      case 'asked':
        this.#answeredWithoutReplay(seq)
        break
      case 'replaying':
        this.#handOver({ replay: true })
        if (this.#isNot('replaying')) break
        if (recovered) this.#caughtUp(seq)
        else this.reset(seq)
        break
      case 'skipping':
        this.#phase = 'asked'
        if (this.#cursor === undefined && !recovered) {
          this.#answeredWithoutReplay(seq)
          break
        }
        // Our own replay is on its way, or it has to be asked for.
        if (this.#askedAtMs === undefined) this.#ask()
        break
      case 'live':
        // Changes come before the `subscribed` that counts them: these did not.
        if (seq > (this.#cursor?.seq ?? seq)) this.#ask()
        break
      case 'idle':
      case 'waiting':
      case 'reset':
      case 'failed':
      case 'ended':
        break
    }
  }

  reset(seq: number): void {
    if (this.#phase === 'ended' || this.#phase === 'failed' || this.#phase === 'reset') return
    if (this.#restoring) {
      // Too much since the last ping that was answered may be little since our own cursor.
      this.#restoring = false
      this.#ask()
      return
    }
    const before = this.#phase
    this.#handOver({ replay: true })
    if (this.#isNot(before)) return
    this.#askedAtMs = undefined
    this.#phase = 'reset'
    callOut(() => this.#handlers.onReset(seq))
  }

  refused(frame: Extract<ServerFrame, { type: 'error' }>): void {
    if (this.#phase === 'ended' || this.#phase === 'failed') return
    const mayPass = frame.retry_after_ms !== undefined || frame.code.startsWith('server.')
    // A snapshot is being loaded, and asked for from there afterwards: asking from here would be answered with another `reset`, and
    // whichever of two snapshots is loaded last may be the older one.
    if (mayPass && this.#phase === 'reset') return
    const before = this.#phase
    this.#handOver({ replay: true })
    if (this.#isNot(before)) return
    this.#askedAtMs = undefined
    if (mayPass && this.#retries < RETRIES_MAX) {
      this.#retries++
      this.#phase = 'waiting'
      const delayMs = frame.retry_after_ms ?? RETRY_MS_DEFAULT * (0.5 + this.#port.random())
      this.#port.later(() => {
        if (this.#phase === 'waiting') this.#ask()
      }, delayMs)
      return
    }
    this.#phase = 'failed'
    this.#port.ended(this.stream, true)
    const { code, message, retry_after_ms: retryAfterMs } = frame
    callOut(() => this.#handlers.onError(apiError({ code, message, retryAfterMs })))
  }

  #startAt(seq: number): void {
    this.#cursor = new StreamCursor(seq, { heldMax: HELD_MAX })
  }

  #answeredWithoutReplay(seq: number): void {
    const cursor = this.#cursor
    if (cursor === undefined) {
      this.#startAt(seq)
      this.#caughtUp(seq)
    } else if (cursor.seq >= seq) this.#caughtUp(seq)
    else this.#ask()
  }

  #caughtUp(seq: number): void {
    const cursor = this.#cursor
    if (cursor === undefined) return
    this.#askedAtMs = undefined
    cursor.advance(seq)
    const { apply, readAgain } = cursor.endRead()
    this.#phase = 'live'
    this.#hand(apply, { replay: false })
    if (this.#isNot('live')) return
    if (readAgain) {
      this.#ask()
      return
    }
    this.#fruitless = 0
    this.#retries = 0
    callOut(() => this.#handlers.onCaughtUp?.(cursor.seq))
  }

  #ask(): void {
    const cursor = this.#cursor
    this.#fruitless = cursor?.seq === this.#askedFrom ? this.#fruitless + 1 : 0
    this.#askedFrom = cursor?.seq
    if (this.#fruitless > FRUITLESS_MAX) {
      this.#fruitless = 0
      this.#phase = 'idle'
      this.#port.giveUp()
      return
    }
    const after = cursor?.beginRead()
    const asked = this.#port.subscribe(this.stream, after)
    this.#askedAtMs = asked ? this.#port.monotonicMs() : undefined
    this.#phase = asked ? 'asked' : 'idle'
  }

  #handOver(info: { readonly replay: boolean }): void {
    const part = this.#part
    this.#part = []
    this.#hand(part, info)
  }

  #hand(changes: readonly ChangeFrame[], info: { readonly replay: boolean }): void {
    if (changes.length === 0 || this.#phase === 'ended') return
    callOut(() => this.#handlers.onChanges(changes, info))
  }

  /** A handler may have moved the phase: asked as a function, so that the compiler does not believe what it saw before. */
  #isNot(phase: Phase): boolean {
    return this.#phase !== phase
  }
}
