export { addressKey } from './address-key.ts'
export { assert, AssertionError, unreachable } from './assert.ts'
export { systemClock, type Clock } from './clock.ts'
export { StreamCursor, type Offer, type Sequenced } from './cursor.ts'
export {
  newId,
  parseId,
  uuidV7,
  type AnyId,
  type AuthSessionId,
  type Branded,
  type ChannelId,
  type ClientId,
  type DeviceId,
  type EventId,
  type GroupId,
  type LiveSessionId,
  type MessageId,
  type RequestId,
  type UserId,
} from './ids.ts'
export { isLoopback } from './loopback.ts'
export { pause } from './pause.ts'
export { err, ok, type Result } from './result.ts'
export { shutDown, type Service, type ShutdownFailure } from './service.ts'
