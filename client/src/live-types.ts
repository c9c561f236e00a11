import type { ChangeFrame, ServerFrame } from '@glasshouse/contracts'
import type { Clock } from '@glasshouse/kernel'
import type { ApiError } from './api-error.ts'
import type { SessionKeeper } from './session-keeper.ts'

export type LiveState =
  /** A socket is being opened. */
  | 'connecting'
  /** The server has greeted. */
  | 'live'
  /** No socket; the next try is due at `retryAtMs`. Also before the first `connect`. */
  | 'offline'
  /** Ended for good: nothing is tried any more until `connect` is called. */
  | 'closed'

export type LiveReason =
  /** `connect` was not called yet. */
  | 'not_started'
  /** The server could not be reached, or refused the upgrade. */
  | 'unreachable'
  /** A live connection broke. */
  | 'lost'
  /** The heartbeat, or an answer, did not come in time. */
  | 'silent'
  | 'restarting'
  /** The server found that too many frames were sent. */
  | 'too_fast'
  /** One side did not keep to the protocol. */
  | 'protocol'
  /** Closed: the session has ended, or there is no token. */
  | 'signed_out'
  /** A newer socket took this session, as that of a duplicated tab does: it goes on with a new one. */
  | 'replaced'
  /** Closed: the server speaks a newer protocol. Load the page, or install the SDK, again. */
  | 'outdated'
  /** Closed by `close`. */
  | 'ended'

export interface LiveStatus {
  readonly state: LiveState
  /** Why it is offline or closed. */
  readonly reason?: LiveReason
  /** Wall clock, when the next try is due; while offline. */
  readonly retryAtMs?: number
  /** The server has paused some streams, since this connection did not take its frames in time. It goes on by itself. */
  readonly lagged: boolean
}

export interface LiveStats {
  /** The last heartbeat's round trip. */
  readonly rttMs: number | undefined
  /** From the last acknowledged message's leaving to its ack. */
  readonly ackMs: number | undefined
  /** Received, over the last five seconds. */
  readonly framesPerSecond: number
  readonly sessionId: string | undefined
  /** How often a lost connection was live again. */
  readonly reconnects: number
  /** Messages that are not acknowledged yet. */
  readonly queued: number
  /** How many tabs of a browser share the connection, this one included; see `share`. */
  readonly tabs: number
  /** Whether another tab has the socket, and this one goes through it. */
  readonly follows: boolean
}

export interface ChangesInfo {
  /** What was missed is being caught up with: `changed_seq` may skip, for each thing comes once, in its current state. */
  readonly replay: boolean
}

export interface StreamHandlers {
  /** The changes after this are wanted; the `seq` of a snapshot. Without it: those from now on. */
  readonly after?: number
  /** In order, each change once. */
  onChanges(changes: readonly ChangeFrame[], info: ChangesInfo): void
  /** Too much was missed. Load a snapshot, then call `restartAt` with its seq; nothing arrives before that. */
  onReset(seq: number): void
  /** The server refuses this stream; the subscription has ended. */
  onError(error: ApiError): void
  /** All changes up to here have been handed over, and what follows is live. Also after each reconnect. */
  onCaughtUp?(seq: number): void
}

export interface LiveSubscription {
  readonly stream: string
  /** All changes up to here have been handed over; undefined until that is known. */
  readonly seq: number | undefined
  readonly state: 'waiting' | 'replaying' | 'live' | 'reset' | 'failed' | 'ended'
  /** A snapshot at `seq` was loaded: go on from there. */
  restartAt(seq: number): void
  unsubscribe(): void
}

export interface LiveSend {
  readonly channel_id: string
  readonly content: string
  /** Names this message for ever: sent again with it, it is the same message. Made when absent. */
  readonly client_id?: string
  readonly thread_id?: string
  /** Of the draft that it was written as: it is emptied with it. */
  readonly draft_version?: number
}

export type Ack = Omit<Extract<ServerFrame, { type: 'ack' }>, 'type' | 'client_id'> & { readonly client_id: string }

export interface TokenRequest {
  /** The last token was refused or is about to expire: get a fresh one. */
  readonly renew: boolean
}

/** What is used of a WebSocket: the browser's, Node's and that of the `ws` package all have it. */
export interface LiveSocket {
  send(data: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void
  addEventListener(type: 'error', listener: () => void): void
}

export type LiveSocketClass = new (url: string, protocols: string[]) => LiveSocket

export interface Timers {
  /** Returns a handle for `clear`. */
  set(run: () => void, delayMs: number): unknown
  clear(handle: unknown): void
}

/** Server-Sent Events for what comes, and REST for what is sent. */
export interface LiveHttpOptions {
  /** Where Glasshouse is: `https://hub.example.org`, with a path when it is below one; '' for the page's own origin. */
  readonly baseUrl: string
  /** Nobody is signed in: what is public is followed this way alone, and nothing can be sent. */
  readonly visitor?: boolean
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

export interface LiveOptions {
  /** `wss://hub.example.org/ws`. A function is asked at each try. */
  readonly url: string | (() => string)
  /** The access token of a program. Without it the session's cookie authenticates, as in a browser. Undefined: signed out. */
  readonly token?: (request: TokenRequest) => string | undefined | Promise<string | undefined>
  /** A browser hides why an upgrade was refused, so this asks: false when signed out, undefined when that cannot be said. */
  readonly isSignedIn?: () => Promise<boolean | undefined>
  /** Whose connection it is meant to be. Greeted as somebody else, since the cookie has changed, it closes: signed out. */
  readonly userId?: string
  readonly WebSocketImpl?: LiveSocketClass
  /** The way for visitors, and where no WebSocket gets through. Absent: WebSockets only. */
  readonly http?: LiveHttpOptions
  /** In [0, 1); for the jitter. */
  readonly random?: () => number
  readonly clock?: Clock
  readonly timers?: Timers
  /** The first wait is up to `min`, each next one up to double, and none over `max`; 1,000 and 30,000. */
  readonly backoffMs?: { readonly min: number; readonly max: number }
  /** How long opening may take until the server has greeted; 10,000. */
  readonly openTimeoutMs?: number
  /** How long a subscribe or a message may stay unanswered on a live connection; 30,000. */
  readonly answerTimeoutMs?: number
  /** Messages that may wait to be acknowledged; 1,000. */
  readonly queuedMax?: number
  /** Messages on their way at once; 64. */
  readonly inFlightMax?: number
  /** Below the server's bound of 100 frames a second; 80. Raise both together. */
  readonly sendsPerSecondMax?: number
  /**
   * Where the id of the live session is kept, so that the next page or process goes on with it. In a browser the tab's own storage,
   * so that a reload does, and for a shared connection a storage of all tabs; elsewhere nowhere.
   */
  readonly sessionKeeper?: SessionKeeper
  /** Faults that end nothing and belong to no call, for a log. */
  readonly onFault?: (error: ApiError) => void
}
