/** Bun's own server, which is uWebSockets: native pub/sub. Run with Bun. */
import { newMessage } from './new-message.mjs'

const IDLE_TIMEOUT_S = 960
const TOPIC = 'room'

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, self) {
    return self.upgrade(request) ? undefined : new Response('', { status: 400 })
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: IDLE_TIMEOUT_S,
    message(webSocket, text) {
      const request = JSON.parse(text)
      if (request.type === 'subscribe') {
        webSocket.subscribe(TOPIC)
        webSocket.send('{"type":"subscribed"}')
        return
      }
      const { message, ack } = newMessage(request)
      server.publish(TOPIC, JSON.stringify(message))
      webSocket.send(JSON.stringify(ack))
    },
  },
})
console.log(`listening ${server.port}`)
