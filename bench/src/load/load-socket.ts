/**
 * A live connection that costs the load generator as little as can be, so that what is measured is the server: frames are built
 * once with a mask of zero (RFC 6455 asks a client for a mask, not for an unpredictable one from a benchmark), written in bursts,
 * and answers are split by their headers and parsed only when asked for.
 */
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { clientFrame, OPCODE } from './client-frame.ts'

export class LoadSocket {
  readonly #socket: Socket
  #rest: Buffer = Buffer.alloc(0)
  readonly #onFrame: (text: Buffer) => void
  /** Resolves when it is gone, whoever ended it. */
  readonly closed: Promise<void>

  private constructor(socket: Socket, onFrame: (text: Buffer) => void) {
    this.#socket = socket
    this.#onFrame = onFrame
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => undefined)
    this.closed = new Promise((done) => socket.once('close', () => done()))
  }

  static async open(url: string, token: string, onFrame: (text: Buffer) => void): Promise<LoadSocket> {
    const upgrade = request(`${url}/ws?token=${token}`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
      },
    })
    return new Promise((opened, failed) => {
      upgrade.on('upgrade', (_response, socket, head) => {
        const live = new LoadSocket(socket, onFrame)
        if (head.length > 0) live.#read(head)
        opened(live)
      })
      upgrade.on('response', (response) => failed(new Error(`the upgrade was refused with ${response.statusCode}`)))
      upgrade.on('error', failed)
      upgrade.end()
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

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
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
      if (opcode === OPCODE.text) this.#onFrame(payload)
      else if (opcode === OPCODE.ping) this.#socket.write(clientFrame(payload, OPCODE.pong))
    }
    this.#rest = data
  }
}

export function textFrame(value: unknown): Buffer {
  return clientFrame(JSON.stringify(value))
}
