/**
 * A wire between two programs that a test can cut, stall and slow down. Cut: connections break, and new ones are refused. Stalled:
 * nothing passes, and nobody is told. Slowed down: each packet comes later, in order. Until it is mended.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface CuttableProxy extends AsyncDisposable {
  readonly url: string
  readonly port: number
  cut(): void
  stall(): void
  /** Each packet is late by up to so much, at random. */
  slow(delayMsMax: number): void
  mend(): void
  /** WebSockets that go through it now. */
  readonly webSockets: number
}

interface WireState {
  isCut: boolean
  isStalled: boolean
  delayMsMax: number
}

/** What one direction of a connection holds; over that its sender waits. */
const HELD_BYTES_MAX = 1_048_576

export async function startCuttableProxy(target: string): Promise<CuttableProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const open = new Set<Socket>()
  const webSockets = new Set<Socket>()
  const flows = new Set<Flow>()
  const wire: WireState = { isCut: false, isStalled: false, delayMsMax: 0 }
  const flow = (from: Socket, to: Socket): void => {
    open.add(from)
    from.on('error', () => undefined)
    const each = new Flow(from, to, wire)
    flows.add(each)
    from.on('close', () => {
      open.delete(from)
      each.end()
    })
    to.on('close', () => flows.delete(each))
  }
  const server = createServer((incoming) => {
    if (wire.isCut) {
      incoming.on('error', () => undefined)
      incoming.destroy()
      return
    }
    const outgoing = connect(Number(targetPort), hostname)
    flow(incoming, outgoing)
    flow(outgoing, incoming)
    incoming.on('data', (chunk: Buffer) => {
      if (/^GET \/ws\b/.test(chunk.toString('latin1', 0, 20))) webSockets.add(incoming)
    })
    incoming.on('close', () => webSockets.delete(incoming))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const { port } = server.address() as AddressInfo
  const cut = (): void => {
    wire.isCut = true
    for (const socket of open) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    cut,
    stall: () => {
      wire.isStalled = true
    },
    slow: (delayMsMax) => {
      wire.delayMsMax = delayMsMax
    },
    get webSockets() {
      return webSockets.size
    },
    mend: () => {
      Object.assign(wire, { isCut: false, isStalled: false, delayMsMax: 0 })
      for (const each of flows) each.pump()
    },
    [Symbol.asyncDispose]: async () => {
      cut()
      await new Promise((done) => server.close(done))
    },
  }
}

/** One direction of one connection: packets in order, each when it is due. */
class Flow {
  readonly #from: Socket
  readonly #to: Socket
  readonly #wire: WireState
  readonly #held: { readonly bytes: Buffer; readonly dueAtMs: number }[] = []
  #heldBytes = 0
  #ended = false
  #waiting = false

  constructor(from: Socket, to: Socket, wire: WireState) {
    this.#from = from
    this.#to = to
    this.#wire = wire
    from.on('data', (bytes: Buffer) => {
      const atMs = performance.now() + Math.random() * wire.delayMsMax
      this.#held.push({ bytes, dueAtMs: Math.max(atMs, this.#held.at(-1)?.dueAtMs ?? 0) })
      this.#heldBytes += bytes.length
      if (this.#heldBytes > HELD_BYTES_MAX) from.pause()
      this.pump()
    })
  }

  /** The sender is gone; what it sent before still arrives. */
  end(): void {
    this.#ended = true
    this.pump()
  }

  pump(): void {
    if (this.#wire.isStalled || this.#waiting) return
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      const leftMs = this.#wire.delayMsMax === 0 ? 0 : next.dueAtMs - performance.now()
      if (leftMs > 0) return this.#wait((done) => setTimeout(done, leftMs).unref())
      this.#held.shift()
      this.#heldBytes -= next.bytes.length
      if (this.#heldBytes <= HELD_BYTES_MAX) this.#from.resume()
      if (this.#to.destroyed) continue
      if (!this.#to.write(next.bytes)) return this.#wait((done) => this.#to.once('drain', done))
    }
    if (this.#ended) this.#to.destroySoon()
  }

  #wait(begin: (done: () => void) => void): void {
    this.#waiting = true
    begin(() => {
      this.#waiting = false
      this.pump()
    })
  }
}
