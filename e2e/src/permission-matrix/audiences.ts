/** Who asks, where, and what may come of it: the words in which the rows of the permission matrix are written. */

/**
 * Everybody who can stand before a route. The first of them are in the channel that it is about, the others are not; all but the
 * administrator, the manager and the guests have the role `user` in the house.
 */
export const STANDINGS = {
  owner: 'owner of the channel',
  moderator: 'moderator of the channel',
  member: 'member of the channel',
  guest_member: 'guest of the house who was added to the channel',
  admin: 'administrator of the house, not in the channel',
  manager: 'manager of the house, not in the channel',
  stranger: 'user, not in the channel',
  guest: 'guest of the house, not in the channel',
  anonymous: 'has not signed in',
} as const
export type Standing = keyof typeof STANDINGS
export const ALL_STANDINGS = Object.keys(STANDINGS) as Standing[]

/** Where a channel's route is asked for. In the direct conversation are the member and the guest member: the others are outside. */
export const PLACES = ['lobby', 'public', 'private', 'direct'] as const
export type Place = (typeof PLACES)[number]

export const OUTCOMES = {
  yes: { mark: 'yes', status: undefined, code: undefined, means: 'it is done' },
  denied: { mark: '403', status: 403, code: 'permission.denied', means: 'one may know that it is there, and may not' },
  hidden: { mark: '404', status: 404, code: 'not_found', means: 'the same answer as if there were nothing' },
  sign_in: {
    mark: '401',
    status: 401,
    code: 'auth.required',
    means: 'the same answer whether there is something or not',
  },
  as_it_is: {
    mark: '409',
    status: 409,
    code: undefined,
    means: 'nobody may, as things are: said to those who may know',
  },
} as const
export type Outcome = keyof typeof OUTCOMES

export type Audience = Readonly<Record<Standing, Outcome>>
export type ByPlace = Readonly<Record<Place, Audience>>

function all(outcome: Outcome): Audience {
  return Object.fromEntries(ALL_STANDINGS.map((standing) => [standing, outcome])) as Record<Standing, Outcome>
}

/** The same, but for some. */
function but(audience: Audience, some: Partial<Audience>): Audience {
  return { ...audience, ...some }
}

// Routes of the house.

export const EVERYBODY = all('yes')
export const NOBODY = all('as_it_is')
export const SIGNED_IN = but(EVERYBODY, { anonymous: 'sign_in' })
export const NO_GUESTS = but(SIGNED_IN, { guest_member: 'denied', guest: 'denied' })
/** What is somebody else's own is nobody's. */
export const OTHERS_OWN = but(all('hidden'), { anonymous: 'sign_in' })
const SIGNED_IN_DENIED = but(all('denied'), { anonymous: 'sign_in' })
/** Administrators and managers. */
export const MANAGERS = but(SIGNED_IN_DENIED, { admin: 'yes', manager: 'yes' })

export const ADMINS = but(SIGNED_IN_DENIED, { admin: 'yes' })

// Routes of channels. Inside the conversation are two people, and neither is more than the other.

const OUTSIDE = OTHERS_OWN
const insiders = (outcome: Outcome): Partial<Audience> => ({
  owner: outcome,
  moderator: outcome,
  member: outcome,
  guest_member: outcome,
})
const INSIDE = but(OUTSIDE, insiders('yes'))
const PAIR = but(OUTSIDE, { member: 'yes', guest_member: 'yes' })
const PAIR_DENIED = but(OUTSIDE, { member: 'denied', guest_member: 'denied' })
const PAIR_FIXED = but(OUTSIDE, { member: 'as_it_is', guest_member: 'as_it_is' })
const SIGNED_IN_NO_GUEST = but(SIGNED_IN, { guest: 'hidden' })
const DENIED_NO_GUEST = but(SIGNED_IN_DENIED, { guest: 'hidden' })

/** Whoever may read the channel; visitors the Lobby. */
export const READERS: ByPlace = { lobby: EVERYBODY, public: SIGNED_IN_NO_GUEST, private: INSIDE, direct: PAIR }
/** The same, for what needs a person. */
export const SIGNED_IN_READERS: ByPlace = { ...READERS, lobby: SIGNED_IN }
/** Guests read the Lobby, and write where they were added. */
export const WRITERS: ByPlace = { ...SIGNED_IN_READERS, lobby: but(SIGNED_IN, { guest: 'denied' }) }
/** The same, and visitors in the Lobby, with `LOBBY_ACCESS=demo`. */
export const WRITERS_AND_VISITORS: ByPlace = { ...WRITERS, lobby: but(WRITERS.lobby, { anonymous: 'yes' }) }
/** Whoever is in it. */
export const MEMBERS: ByPlace = {
  lobby: but(SIGNED_IN_DENIED, insiders('yes')),
  public: but(DENIED_NO_GUEST, insiders('yes')),
  private: INSIDE,
  direct: PAIR,
}
/** What somebody else wrote is nobody's to change. */
export const NO_WRITER: ByPlace = {
  lobby: SIGNED_IN_DENIED,
  public: DENIED_NO_GUEST,
  private: but(OUTSIDE, insiders('denied')),
  direct: PAIR_DENIED,
}

const RULERS = { admin: 'yes', owner: 'yes', moderator: 'yes' } as const
const OWNERS_ONLY = { admin: 'yes', owner: 'yes' } as const

/** Owners and moderators; administrators in what is public. Administrators have no key to what is private. */
export const MODERATORS: ByPlace = {
  lobby: but(SIGNED_IN_DENIED, RULERS),
  public: but(DENIED_NO_GUEST, RULERS),
  private: but(INSIDE, { member: 'denied', guest_member: 'denied' }),
  direct: PAIR_DENIED,
}
/** The same, for what a conversation does not have: its people are what it is. */
export const CHANNEL_MODERATORS: ByPlace = { ...MODERATORS, direct: PAIR_FIXED }
export const CHANNEL_OWNERS: ByPlace = {
  lobby: but(SIGNED_IN_DENIED, OWNERS_ONLY),
  public: but(DENIED_NO_GUEST, OWNERS_ONLY),
  private: but(CHANNEL_MODERATORS.private, { moderator: 'denied' }),
  direct: PAIR_FIXED,
}
/** Above an owner stand administrators alone, and in what is private nobody. */
export const OWNER_MUTERS: ByPlace = {
  lobby: but(SIGNED_IN_DENIED, { admin: 'yes' }),
  public: but(DENIED_NO_GUEST, { admin: 'yes' }),
  private: NO_WRITER.private,
  direct: PAIR_FIXED,
}
/** Nobody archives the Lobby. */
export const CHANNEL_ARCHIVERS: ByPlace = {
  ...CHANNEL_OWNERS,
  lobby: but(SIGNED_IN_DENIED, { admin: 'as_it_is', owner: 'as_it_is' }),
}
/** Which channels new accounts join is the house's, not the channel's. */
export const DEFAULT_SETTERS: ByPlace = {
  lobby: but(SIGNED_IN_DENIED, { admin: 'yes' }),
  public: but(DENIED_NO_GUEST, { admin: 'yes' }),
  private: NO_WRITER.private,
  direct: PAIR_FIXED,
}
/** Whoever is in it adds others; administrators to what is public. */
export const ADDERS: ByPlace = {
  lobby: but(MEMBERS.lobby, { admin: 'yes' }),
  public: but(MEMBERS.public, { admin: 'yes' }),
  private: INSIDE,
  direct: PAIR_FIXED,
}
/** Whoever is not in it has nothing to leave; a private channel keeps an owner. */
export const LEAVERS: ByPlace = {
  lobby: but(OUTSIDE, insiders('yes')),
  public: but(OUTSIDE, insiders('yes')),
  private: but(INSIDE, { owner: 'as_it_is' }),
  direct: PAIR_FIXED,
}
/** What is reported in a conversation, where nobody moderates, is for administrators: that message, and nothing else of it. */
export const REPORT_JUDGES: ByPlace = { ...MODERATORS, direct: but(PAIR_DENIED, { admin: 'yes' }) }
/** For all but these, and the author of what was held or removed, it is not there. */
export const MODERATION_READERS: ByPlace = {
  lobby: but(OUTSIDE, RULERS),
  public: but(OUTSIDE, RULERS),
  private: but(OUTSIDE, { owner: 'yes', moderator: 'yes' }),
  direct: but(OUTSIDE, { admin: 'yes' }),
}
/** What a moderator removed is there for its author, as long as they may read the channel. */
export const OWN_REMOVED_READERS: ByPlace = {
  lobby: SIGNED_IN,
  public: SIGNED_IN_NO_GUEST,
  private: INSIDE,
  direct: but(PAIR, { admin: 'yes' }),
}
/** What was replaced is for moderators; guests are asked no further, whatever they are in the channel. */
export const EDIT_READERS: ByPlace = {
  lobby: MODERATORS.lobby,
  public: but(MODERATORS.public, { guest: 'denied' }),
  private: but(MODERATORS.private, { guest: 'denied' }),
  direct: but(MODERATORS.direct, { guest: 'denied' }),
}
