/**
 * Ids are UUIDs, version 7 where we make them (RFC 9562): the first 48 bits are the time in milliseconds, so rows that are
 * made together lie together in an index. Each kind has a brand, so that a channel's id cannot be passed for a user's.
 */
declare const brand: unique symbol
export type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

export type UserId = Branded<string, 'UserId'>
export type ChannelId = Branded<string, 'ChannelId'>
export type MessageId = Branded<string, 'MessageId'>
/** People who are mentioned together. */
export type GroupId = Branded<string, 'GroupId'>
/** A sign-in: a browser's cookie session or a program's token family. */
export type AuthSessionId = Branded<string, 'AuthSessionId'>
/** A live connection's session, which may outlive its socket. */
export type LiveSessionId = Branded<string, 'LiveSessionId'>
/** One live connection of a person, while it stands: what presence counts. */
export type DeviceId = Branded<string, 'DeviceId'>
/** The sender's own id of a message: makes a send idempotent. */
export type ClientId = Branded<string, 'ClientId'>
export type RequestId = Branded<string, 'RequestId'>
export type EventId = Branded<string, 'EventId'>
export type AnyId =
  UserId | ChannelId | MessageId | GroupId | AuthSessionId | LiveSessionId | DeviceId | ClientId | RequestId | EventId

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The canonical (lower-case) id, or undefined when the text is no UUID. */
export function parseId<Id extends AnyId>(text: string): Id | undefined {
  return UUID.test(text) ? (text.toLowerCase() as Id) : undefined
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A UUID of version 7 from a time in milliseconds and ten random bytes: pure, so that tests can repeat it. */
export function uuidV7(timeMs: number, random: Uint8Array): string {
  const h = (byte: number): string => HEX[byte & 0xff] ?? '00'
  const r = (index: number): number => random[index] ?? 0
  const high = Math.floor(timeMs / 0x1_0000_0000)
  const low = timeMs >>> 0
  return (
    h(high >>> 8) +
    h(high) +
    h(low >>> 24) +
    h(low >>> 16) +
    '-' +
    h(low >>> 8) +
    h(low) +
    '-' +
    h(0x70 | (r(0) & 0x0f)) +
    h(r(1)) +
    '-' +
    h(0x80 | (r(2) & 0x3f)) +
    h(r(3)) +
    '-' +
    h(r(4)) +
    h(r(5)) +
    h(r(6)) +
    h(r(7)) +
    h(r(8)) +
    h(r(9))
  )
}

const POOL_BYTES = 4000
const pool = new Uint8Array(POOL_BYTES)
let poolUsedBytes = POOL_BYTES

/** A new id. Random bytes are drawn in blocks: one call of the system's generator for 400 ids. */
export function newId<Id extends AnyId>(timeMs: number = Date.now()): Id {
  if (poolUsedBytes === POOL_BYTES) {
    crypto.getRandomValues(pool)
    poolUsedBytes = 0
  }
  const random = pool.subarray(poolUsedBytes, poolUsedBytes + 10)
  poolUsedBytes += 10
  return uuidV7(timeMs, random) as Id
}
