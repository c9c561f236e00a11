import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { systemClock } from '@glasshouse/kernel'
import { expect, it } from 'vitest'
import { Turns } from '../application/turns.ts'
import { silentLog } from './gateway-fixture.ts'
import { Port } from './port.ts'

/** Whoever is in line waits until they are called. */
class HeldTurns extends Turns {
  readonly #waiting: (() => void)[] = []

  override push(job: () => void): void {
    this.#waiting.push(job)
  }

  call(): void {
    for (const job of this.#waiting.splice(0)) job()
  }
}

it('A5: those who wait for their turn count as connections, and each once', async () => {
  const server = createServer((_, response) => response.end('here'))
  const turns = new HeldTurns(systemClock, 4)
  const port = new Port(server, { turns, log: silentLog }, 3)
  const served = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    served.add(socket)
    socket.once('close', () => served.delete(socket))
  })
  await port.listen({ host: '127.0.0.1', port: 0 })
  const open = (count: number): Socket[] =>
    Array.from({ length: count }, () => {
      const socket = connect(port.number ?? 0, '127.0.0.1')
      return socket.on('error', () => undefined)
    })
  const answers = (socket: Socket): Promise<string> =>
    new Promise((answered) => {
      socket.once('data', (data) => answered(String(data).split('\r\n')[0] ?? ''))
      socket.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n')
    })
  try {
    // The second time round too: whoever leaves gives back one place.
    for (let round = 0; round < 2; round++) {
      const sockets = open(40)
      for (const socket of sockets) socket.resume()
      await expect.poll(() => sockets.filter(({ closed }) => closed).length).toBe(37)
      turns.call()
      const left = sockets.filter(({ closed }) => !closed)
      expect(await Promise.all(left.map(answers))).toEqual(left.map(() => 'HTTP/1.1 200 OK'))
      for (const socket of left) socket.destroy()
      await expect.poll(() => served.size).toBe(0)
    }
  } finally {
    port.close()
    server.closeAllConnections()
  }
})
