/**
 * The way to the server over sockets that come and go: what a live connection stands on. One of a connection's own is in server-line.ts, one that tabs share in shared-line.ts.
 * A line knows nothing of what is in the streams and of what is sent; it says when it is up, what came, and when it is down.
 */
import type { ClientFrame, ServerFrame } from '@glasshouse/contracts'
import type { ApiError } from './api-error.ts'
import type { LiveStatus } from './live-types.ts'

export type LineStatus = Omit<LiveStatus, 'lagged'>

/** A stream that the session has restored, and the place from which the server replays it by itself. */
export interface StreamPosition {
  readonly stream: string
  readonly seq: number
}

export interface LineHandlers {
  onStatus(status: LineStatus): void
  /** Live from now on, with what the session has restored. Nothing that was asked for before stands. */
  onUp(restored: readonly StreamPosition[]): void
  /** Any frame but the greeting. */
  onFrame(frame: ServerFrame): void
  /** What was asked for is not going to be answered. */
  onDown(): void
  /** Each heartbeat while it is up. */
  onBeat(): void
  /** Faults that end nothing and belong to no call. */
  onFault(error: ApiError): void
}

export interface Line {
  readonly status: LineStatus
  /** The last heartbeat's round trip. */
  readonly rttMs: number | undefined
  readonly sessionId: string | undefined
  /** Messages that may be on their way at once; undefined: as many as the sender likes. */
  readonly inFlightMax?: number | undefined
  /** How many tabs of a browser share it, this one included. */
  readonly tabs: number
  /** Whether another tab has the socket. */
  readonly follows: boolean
  /** Starts, or starts again after it was closed; ends a wait for the next try. Does nothing while connecting or live. */
  connect(): void
  /** For good, until `connect`. */
  close(): void
  /** Nothing while it is not up. */
  send(frame: ClientFrame): void
  /** A session that restores this stream is welcome; it drops the others. */
  want(stream: string): void
  /** The opposite; `tell`: the server still sends it. */
  drop(stream: string, tell: boolean): void
  /** What is up is of no more use; `closeCode` says why. */
  giveUp(closeCode: number): void
}
