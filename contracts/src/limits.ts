/** The bounds that people meet, as plain values: a form can use them without loading the schemas. Lengths count code points. */

export const USERNAME_PATTERN = '^[A-Za-z0-9_-]{3,32}$'
export const PASSWORD_LENGTH_MIN = 10
export const PASSWORD_LENGTH_MAX = 200
export const MESSAGE_LENGTH_MAX = 10_000
export const CHANNEL_NAME_LENGTH_MAX = 80
export const CHANNEL_DESCRIPTION_LENGTH_MAX = 1_000
/** Who can be added with the creation of a channel. */
export const CHANNEL_FIRST_MEMBERS_MAX = 100
export const PAGE_LIMIT_DEFAULT = 50
export const PAGE_LIMIT_MAX = 100
/** Streams of one `GET /api/events`. */
export const EVENT_STREAMS_MAX = 50
