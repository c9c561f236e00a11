/** A reader of event streams without the SDK and without EventSource: what `curl -N` shows, block by block. */
import type { Frame } from './live-socket.ts'

const WAIT_TIMEOUT_MS = 20_000

export interface EventReaderOptions {
  readonly token?: string
  readonly lastEventId?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export class EventReader implements AsyncDisposable {
  readonly status: number
  /** The answer, when it is no stream. */
  readonly refusal: unknown
  readonly frames: Frame[] = []
  lastEventId: string | undefined
  comments = 0
  retryMs: number | undefined
  isEnded = false
  /** Resolves when the response is over, whoever ended it. */
  readonly ended: Promise<void>
  readonly #abort: AbortController
  readonly #watchers = new Set<() => void>()

  private constructor(response: Response, refusal: unknown, abort: AbortController) {
    this.status = response.status
    this.refusal = refusal
    this.#abort = abort
    this.ended = refusal === undefined ? this.#read(response) : Promise.resolve()
  }

  /** Resolves when the server has answered. */
  static async open(url: string, query: string, options: EventReaderOptions = {}): Promise<EventReader> {
    const abort = new AbortController()
    const response = await fetch(`${url}/api/events?${query}`, {
      signal: abort.signal,
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
        ...options.headers,
      },
    })
    return new EventReader(response, response.ok ? undefined : await response.json(), abort)
  }

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
      const missing = (): void =>
        failed(new Error(`${what} did not come (${this.status}); came: ${JSON.stringify(this.frames.slice(-10))}`))
      const timer = setTimeout(() => finish(missing), WAIT_TIMEOUT_MS)
      const watch = (): void => {
        const value = look()
        if (value !== undefined) finish(() => found(value))
        else if (this.isEnded) finish(missing)
      }
      this.#watchers.add(watch)
      watch()
    })
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#abort.abort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await this.ended
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    try {
      for await (const bytes of response.body ?? []) {
        const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) this.#block(block)
        this.#look()
      }
    } catch {
      // Cut, by us or by the end of the server.
    }
    this.isEnded = true
    this.#look()
  }

  #block(block: string): void {
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':')
      const value = line.slice(colon + 2)
      if (colon === 0) this.comments++
      else if (line.startsWith('id:')) this.lastEventId = value
      else if (line.startsWith('retry:')) this.retryMs = Number(value)
      else if (line.startsWith('data:')) this.frames.push(JSON.parse(value) as Frame)
    }
  }

  #look(): void {
    for (const watch of this.#watchers) watch()
  }
}
