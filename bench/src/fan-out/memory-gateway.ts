/**
 * Our contestant of the fan-out benchmark: the gateway as it is, its live hub over streams in memory, so that what is measured is
 * fan-out and nothing behind it. A program of its own; writes `listening PORT CHANNEL` when it is ready.
 */
import { channelStream, failure, type Caller, type Message } from '@glasshouse/contracts'
import type { Authentication, Commands, Log } from '@glasshouse/gateway'
import { createGateway, MemoryStreamSource } from '@glasshouse/gateway/adapters'
import {
  err,
  newId,
  ok,
  systemClock,
  type AuthSessionId,
  type ChannelId,
  type MessageId,
  type UserId,
} from '@glasshouse/kernel'
import { RAISED_BOUNDS } from './raised-bounds.ts'

const caller: Caller = {
  userId: newId<UserId>(),
  username: 'ada',
  displayName: 'Ada',
  role: 'user',
  sessionId: newId<AuthSessionId>(),
  door: 'token',
  expiresAtMs: Date.now() + 86_400_000,
}
const authentication: Authentication = {
  authenticateToken: () => Promise.resolve(ok(caller)),
  authenticateCookie: () => Promise.resolve(err(failure('auth.session_ended'))),
  checkCsrf: () => false,
  onSessionEnded: () => () => undefined,
}

const source = new MemoryStreamSource()
const channelId = newId<ChannelId>()
const stream = channelStream(channelId)
source.create(stream)

const commands: Commands = {
  sendMessage(sender = caller, { content, channel_id }) {
    const message = (changedSeq: number): Message => ({
      id: newId<MessageId>(),
      stream,
      channel_id,
      seq: changedSeq,
      changed_seq: changedSeq,
      user_id: sender.userId,
      username: sender.username,
      display_name: sender.displayName,
      content,
      timestamp: new Date().toISOString(),
      status: 'visible',
    })
    const change = source.commit(stream, (changedSeq) => ({ type: 'new_message', ...message(changedSeq) }))
    source.announce(change)
    return Promise.resolve(ok({ message: change as Extract<typeof change, { type: 'new_message' }>, repeated: false }))
  },
}

const log: Log = { info: () => undefined, warn: console.error, error: console.error }
const gateway = createGateway(
  {
    routes: [],
    endpoints: [],
    authentication,
    readiness: {},
    webHandler: (_request, response) => void response.writeHead(404).end(),
    clock: systemClock,
    log,
    source,
    commands,
  },
  {
    http: { host: '127.0.0.1', port: 0, trustedProxies: [] },
    liveLimits: RAISED_BOUNDS,
  },
)
await gateway.service.run()
process.on('SIGTERM', () => process.exit(0))
console.log(`listening ${gateway.address().port} ${channelId}`)
