/**
 * A live connection that costs the load generator little, so that what is measured is the server: frames are built once with a mask of
 * zero (RFC 6455 asks a client for a mask, not for an unpredictable one from a benchmark), written in bursts, and answers are
 * split by their headers and parsed only when asked for.
 */
import { connect, type Socket } from 'node:net'
import { clientFrame, OPCODE } from './client-frame.ts'
import { HEADERS_END, upgradeRequest } from './upgrade-request.ts'

/** How a connection ended, or why it did not begin: the status of the refusal, the code of the close frame, or neither of them. */
export interface LoadSocketEnd {
  readonly refusedWith?: number
  readonly closeCode?: number
}

export interface LoadSocketEvents {
  readonly opened?: () => void
  readonly frame: (text: Buffer) => void
  readonly ended?: (end: LoadSocketEnd) => void
}

export interface LoadSocketAddress {
  readonly port: number
  readonly path: string
  readonly localAddress?: string
}

export class LoadSocket {
  readonly #socket: Socket
  readonly #events: LoadSocketEvents
  #rest: Buffer = Buffer.alloc(0)
  /** Resolves when it is gone, whoever ended it. */
  readonly closed: Promise<void>
  #open = false
  #end: LoadSocketEnd = {}

  constructor({ port, path, localAddress }: LoadSocketAddress, events: LoadSocketEvents) {
    this.#events = events
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(path, port)))
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#socket.on('error', () => undefined)
    this.closed = new Promise((done) => this.#socket.once('close', () => done()))
    this.#socket.on('close', () => events.ended?.(this.#end))
  }

  /** Resolves when it is open; throws when it is refused. */
  static open(url: string, token: string, onFrame: (text: Buffer) => void): Promise<LoadSocket> {
    return new Promise((opened, failed) => {
      const live: LoadSocket = new LoadSocket(
        { port: Number(new URL(url).port), path: `/ws?token=${token}` },
        {
          opened: () => opened(live),
          frame: onFrame,
          ended: ({ refusedWith }) => failed(new Error(`the upgrade was refused with ${refusedWith ?? 'nothing'}`)),
        },
      )
    })
  }

  write(frames: readonly Buffer[]): void {
    this.#socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames))
  }

  /** From now on nothing is read. */
  freeze(): void {
    this.#socket.pause()
  }

  get waitingBytes(): number {
    return this.#socket.writableLength
  }

  /** Cuts it without a word. */
  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.#open) data = this.#readUpgrade(data)
    if (this.#open) data = this.#readFrames(data)
    this.#rest = data
  }

  #readUpgrade(data: Buffer): Buffer {
    const end = data.indexOf(HEADERS_END)
    if (end === -1) return data
    const status = Number(data.toString('latin1', 9, 12))
    if (status !== 101) {
      this.#end = { refusedWith: status }
      this.#socket.end()
      return Buffer.alloc(0)
    }
    this.#open = true
    this.#events.opened?.()
    return data.subarray(end + HEADERS_END.length)
  }

  #readFrames(frames: Buffer): Buffer {
    let data = frames
    for (;;) {
      if (data.length < 2) break
      const opcode = (data[0] ?? 0) & 0x0f
      const short = (data[1] ?? 0) & 0x7f
      const headerBytes = short === 126 ? 4 : short === 127 ? 10 : 2
      if (data.length < headerBytes) break
      const length = short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short
      if (data.length < headerBytes + length) break
      const payload = data.subarray(headerBytes, headerBytes + length)
      data = data.subarray(headerBytes + length)
      if (opcode === OPCODE.text) this.#events.frame(payload)
      else if (opcode === OPCODE.ping) this.#socket.write(clientFrame(payload, OPCODE.pong))
      else if (opcode === OPCODE.close) this.#closed(payload)
    }
    return data
  }

  #closed(payload: Buffer): void {
    this.#end = payload.length >= 2 ? { closeCode: payload.readUInt16BE(0) } : {}
    this.#socket.end(clientFrame(payload.subarray(0, 2), OPCODE.close))
  }
}

export function textFrame(value: unknown): Buffer {
  return clientFrame(JSON.stringify(value))
}
