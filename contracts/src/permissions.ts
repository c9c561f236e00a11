/**
 * The one permission table: which role may do what. Use cases enforce it, the web app reads it, the docs print it. What also
 * depends on the thing itself (a private channel's members) is asked by the use case after this.
 */
import type { ChannelRole } from './channels.ts'
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
  /** One's display name and password. */
  'user.change_self': signedIn,
  'user.read_public': signedIn,
  'session.read_own': signedIn,
  'session.end_own': signedIn,
  'channel.list': signedIn,
  'channel.read_public': staff,
  'channel.create_public': staff,
  'channel.create_private': staff,
  /** Begin a direct or a group channel. */
  'channel.converse': staff,
  /** What one may change of a channel is asked of CHANNEL_PERMISSIONS after this. */
  'channel.change': signedIn,
  /** Say which channels new accounts join. */
  'channel.set_default': ['admin'],
  /** Channels that one was added to, of whatever type; for guests these and the Lobby are all that there is. */
  'channel.read_member': signedIn,
  /** Has an owner's rights in public channels. A private one does not exist for those outside it, administrators included. */
  'channel.administer_public': ['admin'],
  /** What one may do with a channel's members is asked of CHANNEL_PERMISSIONS after this. */
  'member.change': signedIn,
  'member.join_public': staff,
  /** With `LOBBY_ACCESS=off` the Lobby asks anonymous visitors to sign in. */
  'lobby.read': everybody,
  /** Visitors: in the Lobby, as the demo user, with `LOBBY_ACCESS=demo`. Of others `message.send_public` and `message.send_member` are asked after this. */
  'message.send': everybody,
  'message.send_public': staff,
  /** Edit and delete what one wrote oneself; where one may write. */
  'message.change_own': signedIn,
  'message.react': signedIn,
  'message.vote': signedIn,
  /** `@channel` and `@here`; from others they are text. */
  'message.mention_all': staff,
  'message.pin': signedIn,
  /** In every public channel: delete others' messages, read what edits replaced. Moderators of a channel may so in theirs. */
  'message.moderate_public': ['admin'],
  /** Decide about messages: which, is asked of the channel's own roles, and of `message.moderate_public`. */
  'moderation.decide': signedIn,
  /** The words that are looked for in the whole house; those of a channel are its moderators'. */
  'moderation.set_words': ['admin'],
  'message.report': signedIn,
  'audit.read': ['admin'],
  /** In channels that one was added to. */
  'message.send_member': signedIn,
  /** Follow threads and save messages that one may read. */
  'message.keep': signedIn,
  /** Keep what one has begun to write, in channels that one may read. */
  'message.draft': signedIn,
  /** Have a message sent later; whether one may write there is asked then, and now. */
  'message.schedule': signedIn,
  /** How far one has read and what one set, in channels that one is in. */
  'channel.keep_place': signedIn,
  'group.read': signedIn,
  'group.manage': ['admin', 'manager'],
  /** Over a socket; for visitors, too, with `LOBBY_ACCESS=demo`. Event streams of what is public are `lobby.read`. */
  'live.connect': everybody,
  'presence.read': signedIn,
  'presence.set_own': signedIn,
} as const satisfies Record<string, readonly Actor[]>

export type Permission = keyof typeof PERMISSIONS

export function may(actor: Actor, permission: Permission): boolean {
  return (PERMISSIONS[permission] as readonly Actor[]).includes(actor)
}

/** What a member may do in a channel, by their role there. */
export const CHANNEL_PERMISSIONS = {
  /** Name, topic, description, slow mode. */
  'channel.edit': ['owner', 'moderator'],
  /** And restore. */
  'channel.archive': ['owner'],
  'member.add': ['owner', 'moderator', 'member'],
  /** Moderators remove members only: see the use case. */
  'member.remove': ['owner', 'moderator'],
  'member.set_role': ['owner'],
  /** Mute and ban, for a while: only whom one stands above, see the use case. */
  'member.restrict': ['owner', 'moderator'],
} as const satisfies Record<string, readonly ChannelRole[]>

export type ChannelPermission = keyof typeof CHANNEL_PERMISSIONS

export function mayInChannel(role: ChannelRole | undefined, permission: ChannelPermission): boolean {
  return role !== undefined && (CHANNEL_PERMISSIONS[permission] as readonly ChannelRole[]).includes(role)
}
