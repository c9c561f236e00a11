/**
 * The one permission table: which role may do what. Use cases enforce it, the web app reads it, the docs print it. What also
 * depends on the thing itself (a private channel's members) is asked by the use case after this.
 */
import type { Role } from './users.ts'

/** Somebody who has not signed in. */
export type Actor = Role | 'anonymous'

const everybody = ['admin', 'manager', 'user', 'guest', 'anonymous'] as const
const signedIn = ['admin', 'manager', 'user', 'guest'] as const
const staff = ['admin', 'manager', 'user'] as const

export const PERMISSIONS = {
  'site.read': everybody,
  'user.register': everybody,
  'user.sign_in': everybody,
  'user.read_self': signedIn,
  'user.read_public': signedIn,
  'session.end_own': signedIn,
  'channel.list': signedIn,
  'channel.read_public': staff,
  'channel.create_public': staff,
  /** With `LOBBY_ACCESS=read`; with `off` the Lobby asks anonymous visitors to sign in. */
  'lobby.read': everybody,
  'message.send_public': staff,
  /** Edit and delete what one wrote oneself. */
  'message.change_own': staff,
  'message.react': staff,
  'message.pin': staff,
  /** In every public channel: delete others' messages, read what edits replaced. Moderators of a channel may so in theirs. */
  'message.moderate_public': ['admin'],
  'live.connect': signedIn,
} as const satisfies Record<string, readonly Actor[]>

export type Permission = keyof typeof PERMISSIONS

export function may(actor: Actor, permission: Permission): boolean {
  return (PERMISSIONS[permission] as readonly Actor[]).includes(actor)
}
