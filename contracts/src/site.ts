import Type, { type Static } from 'typebox'
import { Id } from './fields.ts'

/** What anybody may know of this house. */
export const Site = Type.Object({
  name: Type.String(),
  version: Type.String(),
  registration: Type.Union([Type.Literal('open'), Type.Literal('closed')]),
  /** Nobody is an administrator yet: `/setup` makes the first one. */
  setup_needed: Type.Boolean(),
  /** What visitors who have not signed in may do in the Lobby: write as the demo user, read, or nothing. */
  lobby: Type.Object({
    id: Id,
    access: Type.Union([Type.Literal('demo'), Type.Literal('read'), Type.Literal('off')]),
  }),
})
export type Site = Static<typeof Site>

export const ErrorBody = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    details: Type.Optional(
      Type.Object({ path: Type.Optional(Type.String()), retry_after_ms: Type.Optional(Type.Integer()) }),
    ),
    request_id: Type.String(),
  }),
})
export type ErrorBody = Static<typeof ErrorBody>
