/**
 * Over which transport the next try goes. A WebSocket where one can be had. Some proxies do not pass upgrades on: when handshakes fail
 * while REST answers, an event stream takes its place, for a while; then the next try is a WebSocket again. A browser does not say why a
 * handshake failed, so a server in trouble looks the same: an event stream that fails as well sends the next try back to WebSockets.
 */
export type TransportKind = 'web_socket' | 'event_stream'

const FAILED_HANDSHAKES_MAX = 2
const WEB_SOCKET_AGAIN_MS = 600_000

export interface TransportPort {
  /** Whether the server answers over REST. */
  answers(): Promise<boolean>
  monotonicMs(): number
}

export class TransportChoice {
  readonly #port: TransportPort
  readonly #only: TransportKind | undefined
  #kind: TransportKind
  #failedHandshakes = 0
  #sinceMs = 0

  /** With `only` there is no choice. */
  constructor(port: TransportPort, only?: TransportKind) {
    this.#port = port
    this.#only = only
    this.#kind = only ?? 'web_socket'
  }

  next(): TransportKind {
    if (this.#kind === 'event_stream' && this.#port.monotonicMs() - this.#sinceMs >= WEB_SOCKET_AGAIN_MS) this.#back()
    return this.#kind
  }

  /** The last try brought a connection. */
  succeeded(): void {
    this.#failedHandshakes = 0
  }

  /** The last try did not. Resolves to whether another transport is to be tried now. */
  async failed(): Promise<boolean> {
    if (this.#only !== undefined) return false
    if (this.#kind === 'event_stream') {
      this.#back()
      return false
    }
    this.#failedHandshakes++
    if (this.#failedHandshakes < FAILED_HANDSHAKES_MAX || !(await this.#port.answers())) return false
    this.#kind = 'event_stream'
    this.#sinceMs = this.#port.monotonicMs()
    return true
  }

  /** To WebSockets, of which one failure is enough now. */
  #back(): void {
    if (this.#only !== undefined) return
    this.#kind = 'web_socket'
    this.#failedHandshakes = FAILED_HANDSHAKES_MAX - 1
  }
}
