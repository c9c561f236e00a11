/** A proxy as many are set up: it speaks HTTP and passes no upgrade on, so no WebSocket gets through. */
import { createServer, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface NoUpgradeProxy extends AsyncDisposable {
  readonly url: string
  /** Upgrades that it was asked for. */
  readonly upgradesAsked: number
}

export async function startNoUpgradeProxy(target: string): Promise<NoUpgradeProxy> {
  let upgradesAsked = 0
  const sockets = new Set<Socket>()
  // Without a listener for upgrades Node takes such a request for an ordinary one, as proxies of this kind do.
  const server = createServer((incoming, answer) => {
    const { upgrade, connection: _connection, ...headers } = incoming.headers
    if (upgrade !== undefined) upgradesAsked++
    const outgoing = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
      answered.on('error', () => answer.destroy())
    })
    outgoing.on('error', () => answer.destroy())
    answer.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get upgradesAsked() {
      return upgradesAsked
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
