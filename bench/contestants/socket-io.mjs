/** Socket.IO 4: a room, over WebSocket only. */
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { newMessage } from './new-message.mjs'

const HEARTBEAT_MS = 300_000
const server = createServer()
const io = new Server(server, {
  transports: ['websocket'],
  perMessageDeflate: false,
  serveClient: false,
  pingInterval: HEARTBEAT_MS,
})

io.on('connection', (socket) => {
  socket.on('subscribe', () => {
    void socket.join('room')
    socket.emit('subscribed')
  })
  socket.on('send_message', (request) => {
    const { message, ack } = newMessage(request)
    io.to('room').emit('new_message', message)
    socket.emit('ack', ack)
  })
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => console.log(`listening ${server.address().port}`))
