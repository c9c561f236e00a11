import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Handles the requests of a connection one after the other. HTTP lets a client send the next ones before the first is answered, and
 * Node hands all of them over at once: a single read may hold a thousand, and each would take its place at the database before
 * anybody else's. Their answers have to wait for each other anyway. Who has more than `waitingMax` requests waiting is cut off.
 */
export function oneAtATime(handle: RequestListener, waitingMax: number): RequestListener {
  const connections = new WeakMap<Socket, Turn[]>()

  const next = (turns: Turn[]): void => {
    const turn = turns[0]
    if (turn === undefined) return
    const { request, response } = turn
    // It is over when all of it was handed over, or its connection is gone.
    response.once('close', () => {
      turns.shift()
      if (request.socket.destroyed) turns.length = 0
      next(turns)
    })
    handle(request, response)
  }

  return (request, response) => {
    const { socket } = request
    const turns = connections.get(socket) ?? []
    connections.set(socket, turns)
    if (turns.length > waitingMax) {
      socket.destroy()
      return
    }
    turns.push({ request, response })
    if (turns.length === 1) next(turns)
  }
}

interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}
