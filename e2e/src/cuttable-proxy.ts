/** A wire between a browser and the server that a test can cut: connections break, and new ones are refused, until it is mended. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface CuttableProxy extends AsyncDisposable {
  readonly url: string
  cut(): void
  mend(): void
}

export async function startCuttableProxy(target: string): Promise<CuttableProxy> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  let isCut = false
  const keep = (socket: Socket): void => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => undefined)
  }
  const server = createServer((incoming) => {
    if (isCut) {
      incoming.on('error', () => undefined)
      incoming.destroy()
      return
    }
    const outgoing = connect(Number(port), hostname)
    keep(incoming)
    keep(outgoing)
    incoming.on('close', () => outgoing.destroy())
    outgoing.on('close', () => incoming.destroy())
    incoming.pipe(outgoing)
    outgoing.pipe(incoming)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const cut = (): void => {
    isCut = true
    for (const socket of open) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => {
      isCut = false
    },
    [Symbol.asyncDispose]: async () => {
      cut()
      await new Promise((done) => server.close(done))
    },
  }
}
