/**
 * One live connection of the load generator, made to cost nearly nothing: a raw socket which reads into a buffer that all share,
 * and looks at the headers of WebSocket frames only. It tells messages from everything else by their length: what is
 * measured carries 200 bytes of content and more around them, every other frame is short.
 */
import { connect, type Socket } from 'node:net'
import { closeFrame, clientFrame, OPCODE } from './client-frame.ts'
import { HEADERS_END, upgradeRequest } from './upgrade-request.ts'

/** A text frame from here on is a message; no greeting, answer or acknowledgement is as long. */
const MESSAGE_BYTES_MIN = 300
const READ_BYTES = 256 * 1024
const HEADER_BYTES_MAX = 10
const shared = Buffer.allocUnsafe(READ_BYTES)
export interface SubscriberEvents {
  /** A message has come, whole. */
  message(subscriber: Subscriber): void
  /** All of what one read brought has been looked at. */
  readEnd(): void
  /** An `error` frame, or the connection broke while it should not. */
  failed(reason: string): void
}

/** What a server wants to hear before a connection is ready: after so many frames received, this is sent. */
export interface Greeting {
  readonly path: string
  /** By the number of text frames received so far. */
  readonly send: Readonly<Record<number, string>>
  readonly readyAfter: number
}

export interface Address {
  readonly port: number
  readonly localAddress?: string
}

export class Subscriber {
  /** Messages of this measurement. */
  received = 0
  readonly #socket: Socket
  readonly #events: SubscriberEvents
  readonly #greeting: Greeting
  readonly #opened = Promise.withResolvers<void>()
  #textFrames = 0
  #upgrade: string | undefined = ''
  #closing = false
  /** Bytes of a frame's payload that are still to come, and what it is. */
  #missing = 0
  #opcode = 0
  #length = 0
  readonly #header = Buffer.alloc(HEADER_BYTES_MAX)
  #headerBytes = 0
  #waiting: { readonly textFrames: number; readonly done: () => void } | undefined

  constructor(address: Address, greeting: Greeting, events: SubscriberEvents) {
    this.#greeting = greeting
    this.#events = events
    this.#socket = connect({
      host: '127.0.0.1',
      noDelay: true,
      ...address,
      onread: {
        buffer: shared,
        callback: (bytes) => {
          this.#read(bytes)
          return true
        },
      },
    })
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(greeting.path, address.port)))
    this.#socket.on('error', (error) => this.#broken(error.message))
    this.#socket.on('close', () => this.#broken('closed'))
  }

  /** Resolves when the greeting is over. */
  get opened(): Promise<void> {
    return this.#opened.promise
  }

  /** Sends a frame and waits for the next text frame that answers it. */
  async ask(text: string): Promise<void> {
    const answered = new Promise<void>((done) => (this.#waiting = { textFrames: this.#textFrames + 1, done }))
    this.write(clientFrame(text))
    await answered
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Ends it: with a close frame, as a browser leaves, or cut, as a network does. */
  async end(how: 'close' | 'cut'): Promise<void> {
    this.#closing = true
    if (this.#socket.destroyed) return
    const closed = new Promise<void>((done) => this.#socket.once('close', () => done()))
    if (how === 'cut') this.#socket.resetAndDestroy()
    else this.#socket.end(closeFrame())
    await closed
  }

  #broken(reason: string): void {
    if (this.#closing) return
    this.#closing = true
    const error = new Error(`a live connection broke: ${reason}`)
    this.#opened.reject(error)
    this.#events.failed(error.message)
  }

  #read(bytes: number): void {
    let at = 0
    if (this.#upgrade !== undefined) {
      at = this.#readUpgrade(bytes)
      if (this.#upgrade !== undefined) return
    }
    while (at < bytes) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, bytes - at)
        this.#missing -= taken
        at += taken
        if (this.#missing === 0) this.#frameEnd(undefined)
        continue
      }
      at = this.#readHeader(at, bytes)
      if (this.#headerBytes > 0) break
      if (bytes - at >= this.#length) {
        at += this.#length
        this.#frameEnd(at)
      } else {
        this.#missing = this.#length - (bytes - at)
        at = bytes
      }
    }
    this.#events.readEnd()
  }

  /** Takes what it can of a header. `#headerBytes` is 0 when it was whole. Returns where it ends. */
  #readHeader(from: number, bytes: number): number {
    if (this.#headerBytes === 0 && bytes - from >= HEADER_BYTES_MAX) return from + this.#takeHeader(shared, from)
    let at = from
    while (at < bytes) {
      this.#header[this.#headerBytes++] = shared[at++] ?? 0
      if (this.#headerBytes < 2 || this.#headerBytes < headerLength(this.#header, 0)) continue
      this.#headerBytes = 0
      this.#takeHeader(this.#header, 0)
      break
    }
    return at
  }

  #takeHeader(buffer: Buffer, at: number): number {
    const short = (buffer[at + 1] ?? 0) & 0x7f
    this.#opcode = (buffer[at] ?? 0) & 0x0f
    this.#length = short
    if (short === 126) this.#length = ((buffer[at + 2] ?? 0) << 8) | (buffer[at + 3] ?? 0)
    else if (short === 127) this.#length = Number(buffer.readBigUInt64BE(at + 2))
    return headerLength(buffer, at)
  }

  /** `end` is where the payload ends in the shared buffer, when it lies there whole. */
  #frameEnd(end: number | undefined): void {
    if (this.#opcode === OPCODE.text) {
      this.#textFrames++
      if (this.#length >= MESSAGE_BYTES_MIN) this.#events.message(this)
      else this.#shortFrame(end === undefined ? '' : shared.toString('utf8', end - this.#length, end))
    } else if (this.#opcode === OPCODE.ping) {
      this.write(clientFrame('', OPCODE.pong))
    } else if (this.#opcode === OPCODE.close) this.#broken('the server closed it')
  }

  #shortFrame(text: string): void {
    if (text.startsWith('{"type":"error"') || text.startsWith('{"type":"lagged"')) this.#events.failed(text)
    const next = this.#greeting.send[this.#textFrames]
    if (next !== undefined) this.write(clientFrame(next))
    if (this.#textFrames === this.#greeting.readyAfter) this.#opened.resolve()
    if (this.#waiting?.textFrames !== this.#textFrames) return
    this.#waiting.done()
    this.#waiting = undefined
  }

  #readUpgrade(bytes: number): number {
    const before = this.#upgrade?.length ?? 0
    const text = (this.#upgrade ?? '') + shared.toString('latin1', 0, bytes)
    const end = text.indexOf(HEADERS_END)
    if (end === -1) {
      this.#upgrade = text
      return bytes
    }
    if (!text.startsWith('HTTP/1.1 101 ')) {
      this.#broken(text)
      return bytes
    }
    this.#upgrade = undefined
    const first = this.#greeting.send[0]
    if (first !== undefined) this.write(clientFrame(first))
    if (this.#greeting.readyAfter === 0) this.#opened.resolve()
    return end + HEADERS_END.length - before
  }
}

function headerLength(buffer: Buffer, at: number): number {
  const short = (buffer[at + 1] ?? 0) & 0x7f
  return short === 126 ? 4 : short === 127 ? 10 : 2
}
