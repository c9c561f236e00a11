/** `ws`, as its documentation shows a broadcast: serialized once, then `send` in a loop. */
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { newMessage } from './new-message.mjs'

const server = createServer()
const webSockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: false, clientTracking: false })
const subscribers = new Set()

webSockets.on('connection', (webSocket) => {
  webSocket.on('error', () => {})
  webSocket.on('close', () => subscribers.delete(webSocket))
  webSocket.on('message', (data) => {
    const request = JSON.parse(data.toString())
    if (request.type === 'subscribe') {
      subscribers.add(webSocket)
      webSocket.send('{"type":"subscribed"}')
      return
    }
    const { message, ack } = newMessage(request)
    const text = JSON.stringify(message)
    for (const subscriber of subscribers) subscriber.send(text)
    webSocket.send(JSON.stringify(ack))
  })
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => console.log(`listening ${server.address().port}`))
