/**
 * The rows of the permission matrix for REST: for each route who gets which answer, and a request that would be right if it came from
 * somebody who may. docs/permissions.md is written from here, and permissions.test.ts asks a real server.
 *
 * A new route without a row does not compile. To add one: name the audience (audiences.ts has most; add one there only for a rule that
 * is new), and give the request as the SDK would take it, with `at` for what it is about: `at.channel`, `await at.message()`,
 * `at.bystander.id` and so on (scene.ts). What changes something gets channels of its own for each person who tries; what reads says
 * `reads: true` and shares them. A route that answers differently by what is asked gets several rows, each with its `asks`. Then run
 * `node e2e/src/permission-matrix/generate.ts`.
 */
import type { RouteName, RouteRequest } from '@glasshouse/contracts'
import {
  ADDERS,
  ADMINS,
  CHANNEL_ARCHIVERS,
  CHANNEL_MODERATORS,
  CHANNEL_OWNERS,
  DEFAULT_SETTERS,
  EDIT_READERS,
  EVERYBODY,
  LEAVERS,
  MANAGERS,
  MEMBERS,
  MODERATION_READERS,
  MODERATORS,
  NO_GUESTS,
  NO_WRITER,
  NOBODY,
  OTHERS_OWN,
  OWN_REMOVED_READERS,
  OWNER_MUTERS,
  READERS,
  REPORT_JUDGES,
  SIGNED_IN,
  SIGNED_IN_READERS,
  WRITERS,
  WRITERS_AND_VISITORS,
  type Audience,
  type ByPlace,
} from './audiences.ts'
import type { Trial } from './scene.ts'

interface Row<Request> {
  /** What this row asks for, where a route has several. */
  readonly asks?: string
  /** By place for what is about a channel. */
  readonly may: Audience | ByPlace
  readonly request: (at: Trial) => Request | Promise<Request>
  /** Nothing is changed by it, so the channels are shared. */
  readonly reads?: true
  /** Asked with a session of its own, which it may end: of a program, or of a browser. */
  readonly session?: 'program' | 'browser'
  /** After it was done: what others rely on is made again what it was. */
  readonly after?: (at: Trial) => Promise<void>
}
/** The parts of a request, as the SDK takes them. */
export interface RequestParts {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}
export type RouteRow = Row<RequestParts>

type RouteRows = { readonly [Name in RouteName]: Row<RouteRequest<Name>> | readonly Row<RouteRequest<Name>>[] }

const ANOTHER_PASSWORD = 'quite another lamp 4711'
const nothing = () => ({})
/** What is one's own, of whoever has kept things where they may not look any more. */
const thingsLeftBehind = async (at: Trial) => {
  await at.leaveThingsBehind()
  return {}
}
const channel = (at: Trial) => ({ params: { channel_id: at.channel } })
const member = (at: Trial, userId: string) => ({ params: { channel_id: at.channel, user_id: userId } })
const person = (at: Trial, userId = at.bystander.id) => ({ params: { channel_id: at.channel, user_id: userId } })
const message = async (at: Trial) => ({ params: { channel_id: at.channel, message_id: await at.message() } })
const ownMessage = async (at: Trial) => ({ params: { channel_id: at.channel, message_id: await at.ownMessage() } })
const poll = async (at: Trial) => ({ params: { channel_id: at.channel, message_id: await at.poll() } })
const reported = async (at: Trial) => ({ params: { message_id: await at.reported() } })
const reaction = async (at: Trial) => ({ params: { ...(await message(at)).params, emoji: '👍' } })
const group = async (at: Trial) => ({ params: { group_id: await at.group() } })
const groupMember = async (at: Trial) => ({ params: { group_id: await at.group(), user_id: at.bystander.id } })
const bystander = (at: Trial) => ({ params: { user_id: at.bystander.id } })
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()
const scheduled = async (at: Trial) => ({ params: { scheduled_id: await at.scheduled() } })
const credentials = (at: Trial) => ({ body: at.credentials() })

const ROUTE_ROWS: RouteRows = {
  getSite: { may: EVERYBODY, request: nothing, reads: true },
  setUp: {
    asks: 'once there is an administrator',
    may: NOBODY,
    request: (at) => ({ body: { code: 'no code', ...at.newAccount() } }),
  },
  register: { asks: 'while registration is open', may: EVERYBODY, request: (at) => ({ body: at.newAccount() }) },
  listUsers: { may: SIGNED_IN, request: nothing, reads: true },
  getSelf: { may: SIGNED_IN, request: nothing, reads: true },
  updateSelf: { may: SIGNED_IN, request: (at) => ({ body: { display_name: at.newName() } }) },
  changePassword: {
    may: SIGNED_IN,
    request: (at) => ({ body: { current_password: at.credentials().password, new_password: ANOTHER_PASSWORD } }),
    after: (at) => at.restorePassword(ANOTHER_PASSWORD),
  },
  getUser: { may: SIGNED_IN, request: bystander, reads: true },
  getOwnStatus: { may: SIGNED_IN, request: nothing, reads: true },
  setOwnStatus: {
    may: SIGNED_IN,
    request: () => ({ body: { status: null, do_not_disturb_until: null, last_seen_visible_to: 'everybody' } }),
  },
  getPresence: { may: SIGNED_IN, request: bystander, reads: true },
  login: { may: EVERYBODY, request: credentials },
  loginAlias: { may: EVERYBODY, request: credentials },
  refresh: { may: EVERYBODY, request: async (at) => ({ body: { refresh_token: (await at.signIn()).refreshToken } }) },
  logout: { may: SIGNED_IN, request: nothing, session: 'program' },
  createWebSession: { may: EVERYBODY, request: credentials },
  getWebSession: { may: SIGNED_IN, request: nothing, session: 'browser' },
  endWebSession: { may: SIGNED_IN, request: nothing, session: 'browser' },
  listSessions: { may: SIGNED_IN, request: nothing, reads: true },
  endOtherSessions: { may: SIGNED_IN, request: nothing },
  endOwnSession: [
    {
      asks: "one's own",
      may: SIGNED_IN,
      request: async (at) => ({ params: { session_id: await at.session() } }),
    },
    {
      asks: "another's",
      may: OTHERS_OWN,
      request: async (at) => ({ params: { session_id: await at.session(at.newcomer) } }),
    },
  ],

  listChannels: { may: SIGNED_IN, request: nothing, reads: true },
  createChannel: [
    { asks: 'public', may: NO_GUESTS, request: (at) => ({ body: { type: 'public', name: at.newName() } }) },
    { asks: 'private', may: NO_GUESTS, request: (at) => ({ body: { type: 'private', name: at.newName() } }) },
    { asks: 'direct', may: NO_GUESTS, request: (at) => ({ body: { type: 'direct', members: [at.newcomer.id] } }) },
    {
      asks: 'group',
      may: NO_GUESTS,
      request: (at) => ({ body: { type: 'group', members: [at.newcomer.id, at.bystander.id] } }),
    },
  ],
  getChannel: { may: READERS, request: channel, reads: true },
  updateChannel: [
    { asks: 'topic', may: CHANNEL_MODERATORS, request: (at) => ({ ...channel(at), body: { topic: 'another' } }) },
    {
      asks: 'slow mode',
      may: CHANNEL_MODERATORS,
      request: (at) => ({ ...channel(at), body: { rate_limit: { count: 10_000, window_s: 1 } } }),
    },
    {
      asks: 'moderation',
      may: CHANNEL_MODERATORS,
      request: (at) => ({ ...channel(at), body: { moderation: 'off' } }),
    },
    {
      asks: 'whether new accounts join it',
      may: DEFAULT_SETTERS,
      request: (at) => ({ ...channel(at), body: { is_default: false } }),
    },
  ],
  archiveChannel: { may: CHANNEL_ARCHIVERS, request: channel },
  restoreChannel: { may: CHANNEL_OWNERS, request: channel },
  listMembers: { may: SIGNED_IN_READERS, request: channel, reads: true },
  putMember: [
    // Guests join nothing by themselves; whoever is in it stays, which is no fault.
    { asks: 'oneself', may: WRITERS, request: (at) => member(at, 'me') },
    { asks: 'somebody else', may: ADDERS, request: (at) => member(at, at.newcomer.id) },
  ],
  changeMember: {
    may: CHANNEL_OWNERS,
    request: (at) => ({ ...member(at, at.bystander.id), body: { role: 'moderator' } }),
  },
  removeMember: [
    { asks: 'oneself', may: LEAVERS, request: (at) => member(at, 'me') },
    { asks: 'a member', may: CHANNEL_MODERATORS, request: (at) => member(at, at.bystander.id) },
  ],

  muteMember: [
    { asks: 'a member', may: CHANNEL_MODERATORS, request: (at) => ({ ...person(at), body: { until: inAnHour() } }) },
    // Whoever may mute at all stands below nobody but owners and administrators: of those who ask, the owner is one.
    {
      asks: 'an owner',
      may: OWNER_MUTERS,
      request: (at) => ({ ...person(at, at.owner.id), body: { until: inAnHour() } }),
    },
  ],
  liftMute: { may: CHANNEL_MODERATORS, request: person },
  undoMute: { may: CHANNEL_MODERATORS, request: async (at) => person(at, await at.restricted('mute')) },
  banMember: {
    asks: 'a member',
    may: CHANNEL_MODERATORS,
    request: (at) => ({ ...person(at), body: { until: inAnHour() } }),
  },
  liftBan: { may: CHANNEL_MODERATORS, request: person },
  undoBan: { may: CHANNEL_MODERATORS, request: async (at) => person(at, await at.restricted('ban')) },
  listRestrictions: { may: MODERATORS, request: channel, reads: true },

  listMessages: { may: READERS, request: channel, reads: true },
  sendMessage: { may: WRITERS_AND_VISITORS, request: (at) => ({ ...channel(at), body: { content: 'hello' } }) },
  getMessage: { may: READERS, request: message, reads: true },
  findMessage: {
    may: READERS,
    request: async (at) => ({ params: { message_id: await at.message() } }),
    reads: true,
  },
  editMessage: [
    {
      asks: "one's own",
      may: WRITERS,
      request: async (at) => ({ ...(await ownMessage(at)), body: { content: 'better' } }),
    },
    {
      asks: "another's",
      may: NO_WRITER,
      request: async (at) => ({ ...(await message(at)), body: { content: 'better' } }),
    },
  ],
  deleteMessage: [
    { asks: "one's own", may: WRITERS, request: ownMessage },
    { asks: "another's", may: MODERATORS, request: message },
  ],
  listMessageEdits: { may: EDIT_READERS, request: message, reads: true },
  addReaction: { may: WRITERS, request: reaction },
  removeReaction: { may: WRITERS, request: reaction },
  votePoll: { may: WRITERS, request: async (at) => ({ ...(await poll(at)), body: { options: [0] } }) },
  getPollVotes: { may: SIGNED_IN_READERS, request: poll, reads: true },
  pinMessage: { may: WRITERS, request: message },
  unpinMessage: { may: WRITERS, request: message },
  listPins: { may: READERS, request: channel, reads: true },
  getThread: { may: READERS, request: message, reads: true },
  followThread: { may: SIGNED_IN_READERS, request: message },
  unfollowThread: { may: SIGNED_IN_READERS, request: message },
  listThreads: { may: SIGNED_IN, request: thingsLeftBehind, reads: true },
  saveMessage: { may: SIGNED_IN_READERS, request: message },
  unsaveMessage: { may: SIGNED_IN_READERS, request: message },
  listSaved: { may: SIGNED_IN, request: thingsLeftBehind, reads: true },
  listSavedIds: { may: SIGNED_IN, request: thingsLeftBehind, reads: true },

  listOwnHeld: { may: SIGNED_IN_READERS, request: channel, reads: true },
  reportMessage: { may: SIGNED_IN_READERS, request: async (at) => ({ ...(await message(at)), body: {} }) },
  getModerationQueue: {
    asks: 'of a channel',
    may: MODERATORS,
    request: (at) => ({ query: { channel_id: at.channel } }),
    reads: true,
  },
  getWords: { may: ADMINS, request: nothing, reads: true },
  setWords: { may: ADMINS, request: () => ({ body: { words: ['unheard'] } }) },
  getChannelWords: { may: MODERATORS, request: channel, reads: true },
  setChannelWords: { may: MODERATORS, request: (at) => ({ ...channel(at), body: { words: ['unheard'] } }) },
  getModeratedMessage: [
    { asks: "another's that was reported", may: MODERATION_READERS, request: reported, reads: true },
    {
      asks: "one's own that was reported",
      // As another's: by a report nobody finds out that they were reported.
      may: MODERATION_READERS,
      request: async (at) => ({ params: { message_id: await at.ownReported() } }),
    },
    {
      asks: "one's own that was removed",
      may: OWN_REMOVED_READERS,
      request: async (at) => ({ params: { message_id: await at.ownRemoved() } }),
    },
  ],
  decideMessage: {
    may: REPORT_JUDGES,
    request: async (at) => ({ ...(await reported(at)), body: { decision: 'remove', reason: 'why' } }),
  },
  undoDecision: {
    may: REPORT_JUDGES,
    request: async (at) => ({ params: { message_id: await at.decided() } }),
  },
  getAuditLog: { may: ADMINS, request: nothing, reads: true },

  getUnread: { may: SIGNED_IN, request: thingsLeftBehind, reads: true },
  markAllRead: { may: SIGNED_IN, request: nothing },
  markRead: { may: MEMBERS, request: (at) => ({ ...channel(at), body: { seq: 1 } }) },
  markUnread: { may: MEMBERS, request: (at) => ({ ...channel(at), body: { seq: 1 } }) },
  setPreferences: { may: MEMBERS, request: (at) => ({ ...channel(at), body: { muted: true } }) },

  listScheduled: { may: SIGNED_IN, request: nothing, reads: true },
  scheduleMessage: {
    may: WRITERS,
    request: (at) => ({ ...channel(at), body: { content: 'later', send_at: inAnHour() } }),
  },
  changeScheduled: {
    asks: "another's",
    may: OTHERS_OWN,
    request: async (at) => ({ ...(await scheduled(at)), body: { content: 'mine now' } }),
  },
  cancelScheduled: { asks: "another's", may: OTHERS_OWN, request: scheduled },
  sendScheduledNow: { asks: "another's", may: OTHERS_OWN, request: scheduled },
  listReminders: { may: SIGNED_IN, request: thingsLeftBehind, reads: true },
  setReminder: {
    may: SIGNED_IN_READERS,
    request: async (at) => ({ ...(await message(at)), body: { remind_at: inAnHour() } }),
  },
  finishReminder: { may: SIGNED_IN, request: (at) => ({ params: { message_id: at.bystander.id } }) },
  listDrafts: { may: SIGNED_IN, request: thingsLeftBehind, reads: true },
  putDraft: { may: SIGNED_IN_READERS, request: (at) => ({ ...channel(at), body: { content: 'half a thought' } }) },

  listGroups: { may: SIGNED_IN, request: nothing, reads: true },
  createGroup: { may: MANAGERS, request: (at) => ({ body: { name: at.newName() } }) },
  getGroup: { may: SIGNED_IN, request: group, reads: true },
  updateGroup: { may: MANAGERS, request: async (at) => ({ ...(await group(at)), body: { description: 'who' } }) },
  deleteGroup: { may: MANAGERS, request: group },
  addGroupMember: { may: MANAGERS, request: groupMember },
  removeGroupMember: { may: MANAGERS, request: groupMember },
}

/** All rows of a route. */
export function rowsOf(name: RouteName): readonly RouteRow[] {
  const rows: unknown = ROUTE_ROWS[name]
  return (Array.isArray(rows) ? rows : [rows]) as RouteRow[]
}

export function isByPlace(may: Audience | ByPlace): may is ByPlace {
  return 'lobby' in may
}
