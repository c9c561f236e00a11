/** The frame that Glasshouse sends for a message, made of what the publisher sent: every contestant delivers the same bytes. */
import { randomUUID } from 'node:crypto'

const userId = randomUUID()
let seq = 0

/** Takes the parsed `send_message`; returns the `new_message` for the subscribers and the `ack` for the publisher. */
export function newMessage(request) {
  seq++
  const id = randomUUID()
  const timestamp = new Date().toISOString()
  const message = {
    type: 'new_message',
    id,
    stream: `channel:${request.channel_id}`,
    channel_id: request.channel_id,
    seq,
    changed_seq: seq,
    user_id: userId,
    username: 'ada',
    display_name: 'Ada',
    content: request.content,
    timestamp,
    status: 'visible',
  }
  return { message, ack: { type: 'ack', id, seq, timestamp, status: 'visible' } }
}
