/** The kinds of field that requests, answers, frames and events share. */
import type { Branded } from '@glasshouse/kernel'
import Type from 'typebox'
import {
  MESSAGE_LENGTH_MAX,
  PAGE_LIMIT_DEFAULT,
  PAGE_LIMIT_MAX,
  PASSWORD_LENGTH_MAX,
  PASSWORD_LENGTH_MIN,
  USERNAME_PATTERN,
} from './limits.ts'

export const UUID_PATTERN = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'

export const Id = Type.String({ pattern: UUID_PATTERN, description: 'a UUID' })
export const Timestamp = Type.String({
  description: 'RFC 3339, UTC, milliseconds',
  examples: ['2026-11-20T09:30:00.000Z'],
})
export const Seq = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'A position in a stream: its head after a change',
})
/**
 * `channel:<id>`, `user:<id>`, or `me` where a client names a stream: the caller's own. Ephemeral: `typing:<channel id>` and
 * `typing:<channel id>:<thread id>`.
 */
export const StreamName = Type.String({
  minLength: 1,
  maxLength: 80,
  examples: ['channel:0197a5c0-0000-7000-8000-000000000001'],
})

/** `kind:id`, known to be well formed. */
export type StreamName = Branded<string, 'StreamName'>

export const NewUsername = Type.String({
  pattern: USERNAME_PATTERN,
  description: '3 to 32 of A-Z a-z 0-9 _ -; unique without case',
})
export const NewEmail = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: '^[^\\s@]+@[^\\s@]+\\.[^\\s@.]+$',
  description: 'an email address; unique without case',
})
export const NewPassword = Type.String({ minLength: PASSWORD_LENGTH_MIN, maxLength: PASSWORD_LENGTH_MAX })

export const MessageContent = Type.String({ minLength: 1, maxLength: MESSAGE_LENGTH_MAX, description: 'Markdown' })

export const PageLimit = Type.Integer({ minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT_DEFAULT })

/** A closed object: a field that is not known is an error and not silence. */
export const CLOSED = { additionalProperties: false } as const

export const RateLimit = Type.Object({
  count: Type.Integer({ minimum: 1, maximum: 10_000 }),
  window_s: Type.Integer({ minimum: 1, maximum: 86_400, description: 'seconds' }),
})
