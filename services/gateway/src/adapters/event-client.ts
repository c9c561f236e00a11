/** A client of event streams that remembers what it received, block by block. For tests. */
import { request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { ChangeFrame, ServerFrame } from '@glasshouse/contracts'

export interface EventClientOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

const PATIENCE_MS = 10_000

export class EventClient implements AsyncDisposable {
  readonly frames: ServerFrame[] = []
  /** Blocks as they came, without their empty line. */
  readonly blocks: string[] = []
  comments = 0
  retryMs: number | undefined
  lastEventId: string | undefined
  status: number | undefined
  headers: IncomingHttpHeaders = {}
  /** All that came, when it is no stream. */
  body = ''
  ended = false
  readonly #request: ClientRequest
  #response: IncomingMessage | undefined
  #rest = ''
  #taken = 0
  #wake: (() => void)[] = []

  constructor(url: string, options: EventClientOptions = {}) {
    const { method = 'GET', headers = {} } = options
    this.#request = request(url, { method, headers, agent: false })
    this.#request.on('response', (response) => this.#answered(response))
    this.#request.on('error', () => this.#end())
    this.#request.end()
  }

  /** The next frame of this type that was not taken yet; frames before it are skipped. */
  async next<Type extends ServerFrame['type']>(type: Type): Promise<Extract<ServerFrame, { type: Type }>> {
    let found: ServerFrame | undefined
    await this.waitUntil(() => {
      while (found === undefined && this.#taken < this.frames.length) {
        const frame = this.frames[this.#taken++]
        if (frame?.type === type) found = frame
      }
      return found !== undefined
    }, `a frame ${type}`)
    return found as Extract<ServerFrame, { type: Type }>
  }

  async waitUntil(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    while (!condition()) {
      if (Date.now() > deadline || (this.ended && !condition())) {
        throw new Error(
          `waited in vain for ${what}; got ${this.status} ${this.body} ${this.blocks.slice(-5).join(' | ')}`,
        )
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20)
        this.#wake.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  async untilEnded(): Promise<void> {
    await this.waitUntil(() => this.ended, 'the end')
  }

  /** The refusal, once it is read. */
  async refusal(): Promise<{ status: number; code: string; path: string | undefined }> {
    await this.untilEnded()
    const { error } = JSON.parse(this.body) as { error: { code: string; details?: { path?: string } } }
    return { status: this.status ?? 0, code: error.code, path: error.details?.path }
  }

  changes(stream: string): ChangeFrame[] {
    return this.frames.filter((frame): frame is ChangeFrame => 'changed_seq' in frame && frame.stream === stream)
  }

  pause(): void {
    this.#response?.pause()
  }

  resume(): void {
    this.#response?.resume()
  }

  cut(): void {
    this.#request.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await this.untilEnded()
  }

  #answered(response: IncomingMessage): void {
    this.#response = response
    this.status = response.statusCode
    this.headers = response.headers
    const isStream = response.headers['content-type']?.startsWith('text/event-stream') ?? false
    response.setEncoding('utf8')
    response.on('data', (text: string) => {
      if (isStream) this.#received(text)
      else this.body += text
      this.#notify()
    })
    response.on('error', () => {})
    response.on('close', () => this.#end())
    this.#notify()
  }

  #received(text: string): void {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) this.#block(block)
  }

  #block(block: string): void {
    this.blocks.push(block)
    if (block === ':') this.comments++
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    )
    this.lastEventId = fields.get('id') ?? this.lastEventId
    const retry = fields.get('retry')
    if (retry !== undefined) this.retryMs = Number(retry)
    const data = fields.get('data')
    if (data === undefined) return
    const frame = JSON.parse(data) as ServerFrame
    if (fields.get('event') !== frame.type || fields.has('id')) throw new Error(`a block that is none: ${block}`)
    this.frames.push(frame)
  }

  #end(): void {
    this.ended = true
    this.#notify()
  }

  #notify(): void {
    const wake = this.#wake
    this.#wake = []
    for (const each of wake) each()
  }
}
