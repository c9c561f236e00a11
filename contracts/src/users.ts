import Type, { type Static } from 'typebox'
import { CLOSED, Id, NewEmail, NewPassword, NewUsername, Timestamp } from './fields.ts'
import { DISPLAY_NAME_LENGTH_MAX } from './limits.ts'

export const ROLES = ['admin', 'manager', 'user', 'guest'] as const
export const Role = Type.Union(
  ROLES.map((role) => Type.Literal(role)) as [
    ReturnType<typeof Type.Literal<'admin'>>,
    ReturnType<typeof Type.Literal<'manager'>>,
    ReturnType<typeof Type.Literal<'user'>>,
    ReturnType<typeof Type.Literal<'guest'>>,
  ],
)
export type Role = (typeof ROLES)[number]

/** A person as everybody signed in may see them. */
export const PublicUser = Type.Object({
  id: Id,
  username: Type.String(),
  display_name: Type.String(),
})
export type PublicUser = Static<typeof PublicUser>

/** A person as they and administrators see them. `email` is null for those who came in by an import. */
export const User = Type.Object({
  id: Id,
  username: Type.String(),
  display_name: Type.String(),
  email: Type.Union([Type.String(), Type.Null()]),
  role: Role,
  created_at: Timestamp,
})
export type User = Static<typeof User>

export const RegisterRequest = Type.Object({ username: NewUsername, email: NewEmail, password: NewPassword }, CLOSED)
export type RegisterRequest = Static<typeof RegisterRequest>

export const SetupRequest = Type.Object(
  {
    code: Type.String({ minLength: 1, maxLength: 100 }),
    username: NewUsername,
    email: NewEmail,
    password: NewPassword,
  },
  CLOSED,
)
export type SetupRequest = Static<typeof SetupRequest>

/** `username` or `email`; either field takes either. */
export const LoginRequest = Type.Object(
  {
    username: Type.Optional(Type.String({ minLength: 1, maxLength: 254 })),
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 254 })),
    password: Type.String({ minLength: 1, maxLength: 1_000 }),
  },
  CLOSED,
)
export type LoginRequest = Static<typeof LoginRequest>

export const LoginAnswer = Type.Object({
  token: Type.String({ description: 'JWT, for `Authorization: Bearer`' }),
  refresh_token: Type.String({ description: 'Good for one use; the answer holds the next' }),
  expires_in: Type.Integer({ description: 'seconds until `token` expires' }),
  user: User,
})
export type LoginAnswer = Static<typeof LoginAnswer>

export const RefreshRequest = Type.Object({ refresh_token: Type.String({ minLength: 1, maxLength: 500 }) }, CLOSED)
export type RefreshRequest = Static<typeof RefreshRequest>

/** A browser's session. `csrf_token` goes back in `x-csrf-token` with each unsafe request that the cookie authenticates. */
export const WebSession = Type.Object({
  user: User,
  csrf_token: Type.String(),
  session: Type.Object({ id: Id, created_at: Timestamp, expires_at: Timestamp }),
})
export type WebSession = Static<typeof WebSession>

export const UpdateSelfRequest = Type.Object(
  {
    display_name: Type.String({
      minLength: 1,
      maxLength: DISPLAY_NAME_LENGTH_MAX,
      description: 'one line; blanks around it are dropped',
    }),
  },
  CLOSED,
)
export type UpdateSelfRequest = Static<typeof UpdateSelfRequest>

export const ChangePasswordRequest = Type.Object(
  { current_password: Type.String({ minLength: 1, maxLength: 1_000 }), new_password: NewPassword },
  CLOSED,
)
export type ChangePasswordRequest = Static<typeof ChangePasswordRequest>

/** How many sessions of one's own ended by it. */
export const SessionsEnded = Type.Object({ sessions_ended: Type.Integer({ minimum: 0 }) })
export type SessionsEnded = Static<typeof SessionsEnded>

/** One's own sign-in on some device, that is alive. */
export const OwnSession = Type.Object({
  id: Id,
  kind: Type.Union([Type.Literal('browser'), Type.Literal('program')]),
  current: Type.Boolean({ description: 'the one that asks' }),
  client: Type.Union([Type.String(), Type.Null()], {
    description: 'browser or program, as it named itself; null when it said nothing that is known',
    examples: ['Firefox'],
  }),
  system: Type.Union([Type.String(), Type.Null()], {
    description: 'operating system or device, as it named itself',
    examples: ['Linux'],
  }),
  user_agent: Type.String(),
  address: Type.String({ description: 'from which it began' }),
  created_at: Timestamp,
  last_used_at: Type.String({
    description: 'RFC 3339. Of a browser to the minute; of a program when it last refreshed its token',
  }),
  expires_at: Timestamp,
})
export type OwnSession = Static<typeof OwnSession>

export const OwnSessionList = Type.Object({
  items: Type.Array(OwnSession),
  next: Type.Union([Type.String(), Type.Null()]),
})
export type OwnSessionList = Static<typeof OwnSessionList>

export const PublicUserList = Type.Object({
  items: Type.Array(PublicUser),
  next: Type.Union([Type.String(), Type.Null()]),
})
export type PublicUserList = Static<typeof PublicUserList>
