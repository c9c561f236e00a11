import type { Server as HttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Log } from '../application/ports.ts'
import type { Turns } from '../application/turns.ts'

/** The address cannot be had. The message is for the operator: what, where, what to do. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen'
  readonly code: string

  constructor(at: PortAddress, cause: NodeJS.ErrnoException) {
    super(explain(at, cause), { cause })
    this.code = cause.code ?? 'unknown'
  }
}

export interface PortAddress {
  readonly host: string
  /** 0: the system chooses. */
  readonly port: number
}

/** Connections that the system holds for each listener until they are accepted. It may have a bound of its own. */
const BACKLOG_CONNECTIONS = 8_192
/** Listeners of the one port, where the system can share it between several. */
const LISTENERS = process.platform === 'linux' ? 32 : 1

/**
 * The port of an HTTP server, open to crowds. Node accepts one connection of a listener in each turn of the event loop: after a
 * restart, when each turn is full of work, ten thousand would wait for as many turns, and the system, whose line is bounded, would let
 * clients knock again after 1, 3, 7 and 15 seconds. So several listeners share the port (SO_REUSEPORT), and each turn accepts one of each.
 * Whoever was accepted is read when it is his turn: else all who have said something by then would be heard in one turn, however many.
 */
export class Port {
  readonly #server: HttpServer
  readonly #others: Server[] = []
  readonly #turns: Turns
  readonly #log: Pick<Log, 'error'>
  readonly #connectionsMax: number
  readonly #counted = new WeakSet<Socket>()
  #connections = 0

  /** At most `connectionsMax` at one time, over all listeners and those in line; one more is cut off. */
  constructor(
    server: HttpServer,
    ports: { readonly turns: Turns; readonly log: Pick<Log, 'error'> },
    connectionsMax: number,
  ) {
    this.#turns = ports.turns
    this.#log = ports.log
    this.#server = server
    this.#connectionsMax = connectionsMax
    server.on('connection', (socket: Socket) => void this.#admit(socket))
  }

  /** Throws CannotListen. */
  async listen(at: PortAddress): Promise<void> {
    try {
      const shared = LISTENERS > 1
      if (shared) await refuseTaken(at)
      await listen(this.#server, at, shared)
      this.#bearErrors(this.#server)
      const { port } = this.#server.address() as AddressInfo
      while (this.#others.length < LISTENERS - 1) {
        const other = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
          if (!this.#admit(socket)) return
          this.#turns.push(() => {
            this.#server.emit('connection', socket)
            socket.resume()
          })
        })
        this.#others.push(other)
        await listen(other, { host: at.host, port }, shared)
        this.#bearErrors(other)
      }
    } catch (error) {
      this.close()
      throw new CannotListen(at, error as NodeJS.ErrnoException)
    }
  }

  /** What the system refuses while it is short of something: the next one may be accepted again. */
  #bearErrors(server: Server): void {
    server.on('error', (error) => this.#log.error({ err: error }, 'a connection could not be accepted'))
  }

  /** Counts it when it is accepted, and so once: those of the other listeners come by the HTTP server again when it is their turn. */
  #admit(socket: Socket): boolean {
    if (this.#counted.has(socket)) return true
    if (this.#connections >= this.#connectionsMax) {
      socket.destroy()
      return false
    }
    this.#counted.add(socket)
    this.#connections++
    socket.once('close', () => this.#connections--)
    return true
  }

  /** Where it listens; undefined while it does not. */
  get number(): number | undefined {
    return (this.#server.address() as AddressInfo | null)?.port
  }

  /** Accepts nobody any more; connections that are open stay. */
  close(): void {
    this.#server.close()
    for (const other of this.#others) other.close()
    this.#others.length = 0
  }
}

/** A port that is shared would be shared with a second Glasshouse as well: so one that somebody has is refused first. */
async function refuseTaken(at: PortAddress): Promise<void> {
  if (at.port === 0) return
  const alone = createServer()
  await listen(alone, at, false)
  await new Promise((closed) => alone.close(closed))
}

function listen(server: Server, { host, port }: PortAddress, reusePort: boolean): Promise<void> {
  return new Promise((listening, failed) => {
    server.once('error', failed)
    server.listen({ host, port, reusePort, backlog: BACKLOG_CONNECTIONS }, () => {
      server.off('error', failed)
      listening()
    })
  })
}

function explain({ host, port }: PortAddress, cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use by another program. Stop it, or set PORT to another one.`
    case 'EACCES':
      return `Port ${port} on ${host} may not be opened by this user. Set PORT to one above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine. Set HOST to one that is, or to 127.0.0.1.`
    default:
      return `Cannot listen on ${host}, port ${port}: ${cause.message}. Check HOST and PORT.`
  }
}
