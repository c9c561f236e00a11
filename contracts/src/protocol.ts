/** What both ends of a live connection must agree on besides the frames. Plain values: they cost a browser nothing. */

/** Grows when a frame changes in a way that an older reader cannot take. See protocol-version.test.ts. */
export const PROTOCOL_VERSION = 1
/** SHA-256 of the frames' schemas. It changes with the wire, and then protocol-version.test.ts asks for a decision. */
export const WIRE_FINGERPRINT = '6cc22d12af4ce0902a5d285f928fa9be5fc74cd90358bb5446af077a626e28fe'
/** Server-Sent Events with the same frames. */
export const EVENT_STREAM_PATH = '/api/events'
export const SUBPROTOCOL = 'glasshouse.v1'
/** A token travels as a second subprotocol, behind this: so it is in no access log. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'bearer.'

/** Closed with these codes, besides 1000, 1001 and 1009 of RFC 6455. */
export const CLOSE_CODES = {
  protocol: 4400,
  session_ended: 4401,
  heartbeat: 4408,
  replaced: 4409,
  too_fast: 4429,
  restarting: 4503,
} as const
