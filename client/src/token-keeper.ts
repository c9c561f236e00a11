/** Gets access tokens from whom the caller named, and a fresh one before the one in use expires. */
import type { Clock } from '@glasshouse/kernel'
import type { LiveOptions, Timers } from './live-types.ts'

const RENEW_BEFORE_MS = 60_000
/** After a renewal that brought nothing. */
const RENEW_AGAIN_MS = 10_000
/** The longest delay that timers take. */
const TIMER_MS_MAX = 2 ** 31 - 1

export class TokenKeeper {
  readonly #provide: NonNullable<LiveOptions['token']>
  readonly #clock: Clock
  readonly #timers: Timers
  #token: string | undefined
  #timer: unknown
  /** Grows with each start and stop: a renewal that was under way is of no interest then. */
  #epoch = 0

  constructor(provide: NonNullable<LiveOptions['token']>, clock: Clock, timers: Timers) {
    this.#provide = provide
    this.#clock = clock
    this.#timers = timers
  }

  /** A token to open a socket with, or undefined when signed out. Rejects as the provider does. */
  async get(renew: boolean): Promise<string | undefined> {
    let token = await this.#provide({ renew })
    if (!renew && token !== undefined && this.#leftMs(token) <= 0) token = await this.#provide({ renew: true })
    this.#token = token
    return token
  }

  /** Hands a fresh token to `onFresh` before each one expires, until `stop`. A token that does not say when it expires is kept. */
  start(onFresh: (token: string) => void): void {
    this.stop()
    this.#renewIn(this.#leftMs(this.#token) - RENEW_BEFORE_MS, onFresh)
  }

  stop(): void {
    this.#epoch++
    this.#timers.clear(this.#timer)
  }

  #renewIn(delayMs: number, onFresh: (token: string) => void): void {
    if (delayMs === Infinity) return
    const epoch = this.#epoch
    this.#timer = this.#timers.set(
      () => void this.#renew(epoch, onFresh),
      Math.min(TIMER_MS_MAX, Math.max(RENEW_AGAIN_MS, delayMs)),
    )
  }

  async #renew(epoch: number, onFresh: (token: string) => void): Promise<void> {
    let token: string | undefined
    try {
      token = await this.#provide({ renew: true })
    } catch {
      // Tried again below; when the token expires first, the server closes the socket and the next one asks again.
    }
    if (epoch !== this.#epoch) return
    if (token === undefined || token === this.#token) {
      this.#renewIn(RENEW_AGAIN_MS, onFresh)
      return
    }
    this.#token = token
    onFresh(token)
    this.#renewIn(this.#leftMs(token) - RENEW_BEFORE_MS, onFresh)
  }

  /** Infinity when there is no telling. */
  #leftMs(token: string | undefined): number {
    const expiresAtMs = token === undefined ? undefined : tokenExpiresAtMs(token)
    return expiresAtMs === undefined ? Infinity : expiresAtMs - this.#clock.nowMs()
  }
}

/** When a JWT expires, milliseconds since 1970; undefined when the text does not say. Nothing is verified: that is the server's part. */
export function tokenExpiresAtMs(token: string): number | undefined {
  const payload = token.split('.')[1]
  if (payload === undefined) return undefined
  try {
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown } | null
    return typeof claims?.exp === 'number' ? claims.exp * 1000 : undefined
  } catch {
    return undefined
  }
}
