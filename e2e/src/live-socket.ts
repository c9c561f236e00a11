/** A live connection without the SDK: what comes over the wire, and nothing more. */
import { WebSocket } from 'ws'

export interface Frame {
  readonly type: string
  readonly [field: string]: any
}

const WAIT_TIMEOUT_MS = 20_000

export class LiveSocket implements AsyncDisposable {
  readonly frames: Frame[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  readonly #watchers = new Set<() => void>()

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString('utf8')) as Frame)
      for (const look of this.#watchers) look()
    })
    socket.on('error', () => undefined)
    this.closed = new Promise((done) => {
      socket.on('close', (code, reason) => {
        done({ code, reason: reason.toString('utf8') })
        for (const look of this.#watchers) look()
      })
    })
  }

  /** Opens with the token in the query, and waits for `connected`. */
  static open(liveUrl: string, token: string): Promise<LiveSocket> {
    return LiveSocket.openAt(`${liveUrl}?token=${encodeURIComponent(token)}`)
  }

  /** The same with a query of one's own. */
  static async openAt(address: string, headers: Record<string, string> = {}): Promise<LiveSocket> {
    const live = new LiveSocket(new WebSocket(address, { headers }))
    await live.next('connected')
    return live
  }

  /** Resolves when the server has sent so many more heartbeats, each of which was answered. */
  pinged(count: number): Promise<void> {
    return new Promise((done) => {
      let left = count
      const heard = (): void => {
        if (--left > 0) return
        this.#socket.off('ping', heard)
        done()
      }
      this.#socket.on('ping', heard)
    })
  }

  /** The HTTP status with which an upgrade is refused. */
  static async refusal(address: string, headers: Record<string, string> = {}): Promise<number> {
    const socket = new WebSocket(address, { headers })
    return new Promise((done, failed) => {
      socket.on('open', () => {
        socket.terminate()
        failed(new Error('the upgrade was not refused'))
      })
      socket.on('unexpected-response', (request, response) => {
        request.destroy()
        done(response.statusCode ?? 0)
      })
      socket.on('error', failed)
    })
  }

  send(frame: unknown): void {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** The first frame of this type that matches, among those that came and those that come. */
  next(type: string, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return this.until(() => this.frames.find((frame) => frame.type === type && matches(frame)), `a frame ${type}`)
  }

  until<Value>(look: () => Value | undefined, what: string): Promise<Value> {
    return new Promise((found, failed) => {
      const finish = (then: () => void): void => {
        clearTimeout(timer)
        this.#watchers.delete(watch)
        then()
      }
      const timer = setTimeout(
        () => finish(() => failed(new Error(`${what} did not come; came: ${JSON.stringify(this.frames.slice(-10))}`))),
        WAIT_TIMEOUT_MS,
      )
      const watch = (): void => {
        const value = look()
        if (value !== undefined) finish(() => found(value))
        else if (this.#socket.readyState === WebSocket.CLOSED)
          finish(() => failed(new Error(`closed before ${what} came; came: ${JSON.stringify(this.frames.slice(-10))}`)))
      }
      this.#watchers.add(watch)
      watch()
    })
  }

  /** Cuts the connection without a word, as a lost network does. */
  cut(): void {
    this.#socket.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await this.closed
  }
}
