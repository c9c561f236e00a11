/** A TCP connection that says what no library would: halves of frames, wrong bits, bytes one at a time. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

const WAIT_TIMEOUT_MS = 20_000
const OPCODE_CLOSE = 8

export class RawTcp implements AsyncDisposable {
  readonly #socket: Socket
  #received = Buffer.alloc(0)
  readonly #watchers = new Set<() => void>()
  readonly closed: Promise<void>

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#look()
    })
    this.closed = new Promise((done) => {
      socket.once('close', () => {
        done()
        this.#look()
      })
    })
  }

  static async open(url: string): Promise<RawTcp> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const raw = new RawTcp(socket)
    await new Promise<void>((done, failed) => {
      socket.once('connect', done)
      socket.once('error', failed)
    })
    return raw
  }

  /** An open live connection, as the bytes after the upgrade. */
  static async openLive(url: string, token: string): Promise<RawTcp> {
    const raw = await RawTcp.open(url)
    raw.write(
      `GET /ws?token=${token} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    await raw.until(() => raw.text.includes('"type":"connected"'), 'the greeting')
    return raw
  }

  get text(): string {
    return this.#received.toString('latin1')
  }

  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  write(bytes: string | Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  /** The code of the close frame, once the server has sent one. */
  async closeCode(): Promise<number> {
    await this.until(() => this.#closeCode() !== undefined, 'a close frame')
    return this.#closeCode() ?? 0
  }

  /** The status of the HTTP answer. */
  async httpStatus(): Promise<number> {
    await this.until(() => /^HTTP\/1\.1 \d{3} /.test(this.text), 'an HTTP answer')
    return Number(this.text.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
  }

  /**
   * The same, of a server that cuts the connection right after its answer: what was on its way to it then makes the system throw the
   * answer away, now and then. `cut` when that happened.
   */
  async httpStatusOrCut(): Promise<number | 'cut'> {
    await this.until(() => this.isClosed || /^HTTP\/1\.1 \d{3} /.test(this.text), 'an HTTP answer')
    return this.text === '' ? 'cut' : this.httpStatus()
  }

  until(holds: () => boolean, what: string): Promise<void> {
    return new Promise((found, failed) => {
      const finish = (then: () => void): void => {
        clearTimeout(timer)
        this.#watchers.delete(watch)
        then()
      }
      const missing = (): void => failed(new Error(`${what} did not come; came: ${this.text.slice(-500)}`))
      const timer = setTimeout(() => finish(missing), WAIT_TIMEOUT_MS)
      const watch = (): void => {
        if (holds()) finish(found)
        else if (this.#socket.destroyed) finish(missing)
      }
      this.#watchers.add(watch)
      watch()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    await this.closed
  }

  #look(): void {
    for (const watch of this.#watchers) watch()
  }

  /** Walks over the server's frames, which are not masked, to the close frame. */
  #closeCode(): number | undefined {
    let at = this.#received.indexOf('\r\n\r\n') + 4
    if (at < 4) return undefined
    while (at + 4 <= this.#received.length) {
      const short = (this.#received[at + 1] ?? 0) & 0x7f
      const length = short < 126 ? short : short === 126 ? this.#received.readUInt16BE(at + 2) : Infinity
      const payload = at + (short < 126 ? 2 : 4)
      if (((this.#received[at] ?? 0) & 0x0f) === OPCODE_CLOSE) return this.#received.readUInt16BE(payload)
      at = payload + length
    }
    return undefined
  }
}

export interface FrameBits {
  readonly opcode?: number
  readonly isFinal?: boolean
  /** The three reserved bits. */
  readonly reserved?: number
  readonly isMasked?: boolean
  /** What the head says, when that is not the truth. */
  readonly saidLength?: number
}

/** A WebSocket frame, as right or as wrong as asked for. */
export function webSocketFrame(payload: Buffer | string, bits: FrameBits = {}): Buffer {
  const { opcode = 1, isFinal = true, reserved = 0, isMasked = true } = bits
  const bytes = Buffer.from(payload)
  const length = bits.saidLength ?? bytes.length
  const mask = isMasked ? randomBytes(4) : Buffer.alloc(0)
  const maskBit = isMasked ? 0x80 : 0
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode
  let head: Buffer
  if (length < 126) head = Buffer.from([first, maskBit | length])
  else if (length <= 0xffff) head = Buffer.from([first, maskBit | 126, length >> 8, length & 0xff])
  else {
    head = Buffer.alloc(10)
    head[0] = first
    head[1] = maskBit | 127
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  const body = isMasked ? bytes.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : bytes
  return Buffer.concat([head, mask, body])
}
