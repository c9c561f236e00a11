/** What chat needs of the world. Stores answer with plain records; people's names and the wire's fields are added by the use cases. */
import type { StreamName } from '@glasshouse/contracts'
import type { ChannelId, ClientId, Clock, GroupId, MessageId, Result, Service, UserId } from '@glasshouse/kernel'
import type { ChannelType } from '../domain/channel-access.ts'
import type { ChannelChange } from '../domain/channel-change.ts'
import type { ChannelName } from '../domain/channel-name.ts'
import type { Conversation } from '../domain/conversation.ts'
import type { LobbyAccess } from '../domain/lobby.ts'
import type { ChangeRequest, MessageState } from '../domain/message-change.ts'
import type { ModeratedState, ModerationStatus, ModerationStep } from '../domain/moderated-message.ts'
import type { HoldRule } from '../domain/moderation-rules.ts'
import type {
  ChannelFacts,
  ChannelRole,
  MembershipChange,
  MembershipDecision,
  MembershipFault,
} from '../domain/membership.ts'
import type { Poll } from '../domain/poll.ts'
import type { ReadState } from '../domain/read-state.ts'
import type { TimePosition } from '../domain/time-cursor.ts'
import type { DraftStore, StoredDraft } from './draft-ports.ts'
import type { ReminderStore, ScheduledStore, StoredReminder, StoredScheduled } from './later-ports.ts'
import type { PresencePorts } from './presence-ports.ts'
import type { RestrictionStore, StoredRestriction } from './restriction-ports.ts'

// Appending.

export interface MessageDraft {
  readonly id: MessageId
  readonly channelId: ChannelId
  readonly userId: UserId
  readonly clientId: ClientId | undefined
  readonly threadId: MessageId | undefined
  readonly content: string
  /** In public channels too its author writes as a member, or not at all. */
  readonly membersOnly?: boolean
  /** The names that it mentions, in lower case, each once; none when absent. */
  readonly mentionNames?: readonly string[]
  /** What it asks. */
  readonly poll?: Poll | undefined
}

export type AppendOutcome =
  | {
      readonly kind: 'appended'
      readonly id: MessageId
      readonly seq: number
      readonly createdAtMs: number
      /** Where the author joined, when this message made them a member. */
      readonly joinSeq: number | undefined
      /** The same in the author's own stream. */
      readonly joinUserSeq: number | undefined
      /** Of the names, those that somebody has; absent for none. */
      readonly mentions?: readonly StoredMention[]
    }
  | SentBefore
  /** The client_id is known, of a message that was held and is not in the channel. */
  | { readonly kind: 'held_before' }
  | { readonly kind: AppendRefusal }

/** `outside`: only members may write here, and the author was none at this moment. `banned`: they may not join, and so not write. */
export type AppendRefusal = 'no_channel' | 'outside' | 'archived' | 'thread_not_found' | 'muted' | 'banned'

/** The client_id is known: with the same thread and content, or with others. */
export type SentBefore =
  | {
      readonly kind: 'repeated'
      readonly id: MessageId
      readonly seq: number
      readonly createdAtMs: number
      readonly mentions?: readonly StoredMention[]
    }
  | { readonly kind: 'conflict' }

export interface AppendFault {
  /**
   * `rejected`: the database refused the batch, and nothing of it was stored; a smaller one may pass.
   * `unavailable`: it did not answer, or cannot work now; the batch may have been stored or not.
   */
  readonly kind: 'rejected' | 'unavailable'
  readonly cause: unknown
}

export interface RecentSend {
  readonly channelId: ChannelId
  readonly userId: UserId
  /** How long ago, by the database's clock. */
  readonly ageMs: number
}

export interface MessageLog {
  /**
   * Stores a batch in one transaction, and with it the authors who join by it, the outbox rows and the moved heads. One outcome a draft,
   * in the same order. Must not be given the same (channel, user, client_id) twice in one call.
   */
  append(drafts: readonly MessageDraft[]): Promise<Result<readonly AppendOutcome[], AppendFault>>
  /** What became of an earlier send with this draft's client_id; undefined when there was none. */
  findSent(draft: MessageDraft): Promise<SentBefore | undefined>
  /** Live sends of the last `windowMs`, oldest first, at most the newest `max`. */
  recentSends(windowMs: number, max: number): Promise<readonly RecentSend[]>
}

// Channels.

export interface StoredChannel {
  readonly id: ChannelId
  readonly type: ChannelType
  /** Null for a direct or group channel. */
  readonly name: string | null
  readonly topic: string
  readonly description: string
  /** All who are in a direct or group channel; null for the others. */
  readonly people: readonly UserId[] | null
  /** Its own; null: as everywhere. */
  readonly rateLimit: RateLimitSetting | null
  readonly isDefault: boolean
  readonly moderated: boolean
  readonly archived: boolean
  readonly createdBy: UserId | null
  readonly createdAtMs: number
  readonly changedSeq: number
  readonly memberCount: number
  /** What the viewer is in it; undefined for no member. */
  readonly role: ChannelRole | undefined
}

/** As all who may read it see it. */
export type SharedStoredChannel = Omit<StoredChannel, 'role'>

export interface NewChannel {
  readonly id: ChannelId
  readonly type: 'public' | 'private'
  readonly name: ChannelName
  readonly description: string
  readonly createdBy: UserId
  readonly createdAtMs: number
}

/** How somebody stands to a channel, with the head of its stream: of one moment. */
export interface StoredStanding {
  readonly head: number
  readonly type: ChannelType
  readonly role: ChannelRole | undefined
  /** What keeps them from writing just now; absent for nothing. */
  readonly restricted?: 'muted' | 'banned'
}

/** A change of a membership as it was stored: at a place of the channel's stream, and at one of the person's own. */
export interface StoredMembership extends MembershipChange {
  readonly changedSeq: number
  readonly userSeq: number
}

export interface NewConversation extends Conversation {
  readonly id: ChannelId
  readonly createdBy: UserId
  readonly createdAtMs: number
}

export interface StoredChannelChange {
  /** Where it is in the channel's stream; undefined when nothing had to change. */
  readonly changedSeq: number | undefined
  /** Of each member: where it is in their own stream. */
  readonly members: readonly { readonly userId: UserId; readonly role: ChannelRole; readonly userSeq: number }[]
}

export interface StoredSendRules {
  /** Its own slow mode; null when it has none. */
  readonly rateLimit: RateLimitSetting | null
  /** The words that hold a message here, those of the house among them; undefined where nothing is held. */
  readonly heldWords: readonly string[] | undefined
}

export interface ChannelStore {
  /**
   * Creates a channel (change 1 of its stream), joins its creator as its owner (change 2), then `memberIds` in their order. Undefined
   * when the name is taken.
   */
  create(channel: NewChannel, memberIds: readonly UserId[]): Promise<readonly StoredMembership[] | undefined>
  /** The conversation of these people, made when there was none: then with all of them joined, in the order of their ids. */
  findOrCreateConversation(conversation: NewConversation): Promise<{
    readonly id: ChannelId
    /** Undefined when it was there. */
    readonly joined: readonly StoredMembership[] | undefined
  }>
  /**
   * Decides as MemberStore.change does, and stores what was decided: one change of the channel's stream, and one of the stream of each
   * member, who sees the channel in their list. Undefined when there is no such channel.
   */
  change(
    channelId: ChannelId,
    actorId: UserId,
    decide: (facts: ChannelFacts) => Result<ChannelChange | 'unchanged', MembershipFault>,
  ): Promise<Result<StoredChannelChange, MembershipFault | 'name_taken'> | undefined>
  /** What a send is judged by; undefined when there is no such channel. */
  sendRules(channelId: ChannelId): Promise<StoredSendRules | undefined>
  /** The longest window of any channel's slow mode, in seconds; 0 when none has one. */
  longestRateWindowS(): Promise<number>
  /** The channels that new accounts join and that this person was never in. */
  defaultsNeverJoined(userId: UserId): Promise<readonly ChannelId[]>
  /** Makes the Lobby when there is none. */
  ensureLobby(nowMs: number): Promise<void>
  /**
   * By name, those that the viewer may see, after the channel `after`, with the head of the viewer's own stream: of one moment.
   * Undefined when `after` is none of them.
   */
  list(query: {
    readonly viewerId: UserId
    readonly after: ChannelId | undefined
    /** Only those that the viewer is in, or is not in. */
    readonly joined: boolean | undefined
    /** The public channels that the viewer may see without being in them. */
    readonly open: 'all' | ChannelId
    readonly limit: number
  }): Promise<{ readonly userHead: number; readonly channels: readonly StoredChannel[] } | undefined>
  /** How the viewer stands to each of these channels; those that are not there are missing. */
  standings(
    channelIds: readonly ChannelId[],
    viewerId: UserId | undefined,
  ): Promise<ReadonlyMap<ChannelId, StoredStanding>>
  /** Of these people those who are in the channel, by channel. */
  membersAmong(
    pairs: readonly { readonly channelId: ChannelId; readonly userId: UserId }[],
  ): Promise<ReadonlyMap<ChannelId, ReadonlySet<UserId>>>
  /** A channel and its stream's head, of one moment, and whether something keeps the viewer from writing there. */
  find(
    channelId: ChannelId,
    viewerId: UserId | undefined,
  ): Promise<{ readonly channel: StoredChannel; readonly head: number; readonly restricted: boolean } | undefined>
}

// Members.

export interface StoredMember {
  readonly userId: UserId
  readonly role: ChannelRole
  readonly joinedAtMs: number
  readonly changedSeq: number
}

export interface StoredMembershipChanges {
  readonly changes: readonly StoredMembership[]
  /** Where the channel was archived by it. */
  readonly archivedSeq: number | undefined
}

export interface MemberStore {
  /** Longest first, those after `after`. Undefined when there is no such channel. */
  list(
    channelId: ChannelId,
    page: { readonly after: UserId | undefined; readonly limit: number },
  ): Promise<{ readonly head: number; readonly members: readonly StoredMember[] } | undefined>
  find(channelId: ChannelId, userId: UserId): Promise<StoredMember | undefined>
  /**
   * Decides by the facts under the lock of the channel's head, where nothing can move meanwhile, and stores what was decided, at the
   * next places of the channel's stream and of the stream of each person. Undefined when there is no such channel.
   */
  change(
    channelId: ChannelId,
    /** Whose roles are to be among the facts. */
    userIds: readonly UserId[],
    decide: (facts: ChannelFacts) => Result<MembershipDecision, MembershipFault>,
  ): Promise<Result<StoredMembershipChanges, MembershipFault> | undefined>
}

// History.

export interface StoredReaction {
  readonly emoji: string
  readonly count: number
  /** First come first, at most REACTION_NAMES_MAX. */
  readonly userIds: readonly UserId[]
}
export const REACTION_NAMES_MAX = 20

export interface StoredPoll extends Omit<Poll, 'options' | 'endsAtMs'> {
  readonly options: readonly {
    readonly text: string
    readonly count: number
    /** First come first, at most REACTION_NAMES_MAX; none of an anonymous poll. */
    readonly userIds: readonly UserId[]
  }[]
  readonly endsAtMs: number | null
  readonly voters: number
}

export interface StoredMention {
  readonly kind: 'user' | 'group' | 'channel' | 'here'
  /** As it stands in the text, in lower case. */
  readonly name: string
  /** The person or the group. */
  readonly id: string | null
}

export interface StoredMessage {
  readonly id: MessageId
  readonly channelId: ChannelId
  readonly seq: number
  readonly changedSeq: number
  readonly userId: UserId
  readonly clientId: ClientId | null
  readonly content: string
  readonly threadId: MessageId | null
  readonly createdAtMs: number
  readonly editedAtMs: number | null
  readonly pinnedAtMs: number | null
  readonly pinnedBy: UserId | null
  /** Then `content` is empty, and there is nothing else but its place, its author and the count of its replies. */
  readonly deleted: boolean
  /** In the order of the text. */
  readonly mentions: readonly StoredMention[]
  readonly reactions: readonly StoredReaction[]
  readonly poll: StoredPoll | undefined
  readonly replyCount: number
  readonly lastReplyAtMs: number | null
  /** The greatest among those that `replyCount` counts. */
  readonly lastReplySeq: number | null
}

/** Exclusive bounds but `fromMs`, which is inclusive. */
export interface HistoryRange {
  readonly beforeSeq: number | undefined
  readonly afterSeq: number | undefined
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
}

/** Where the page before ended. In a range of times, the order is by time and then by seq; else by seq alone. */
export interface HistoryPosition {
  readonly seq: number
  readonly createdAtMs: number
}

export type StoredChange =
  /** The message may be deleted. */
  | { readonly kind: 'message'; readonly changedSeq: number; readonly message: StoredMessage }
  | {
      readonly kind: 'member'
      readonly changedSeq: number
      readonly userId: UserId
      readonly membership: 'joined' | 'left'
      readonly role: ChannelRole
      readonly channelType: ChannelType
    }
  | { readonly kind: 'channel'; readonly changedSeq: number; readonly channel: SharedStoredChannel }

export interface ChangePage {
  readonly changes: readonly StoredChange[]
  /** All changes up to here are in this page or in those before it. */
  readonly through: number
  readonly head: number
}

/** Reads of one channel's stream. All answer undefined when there is no such channel. The head is never newer than the rows. */
export interface ChannelReader {
  head(channelId: ChannelId): Promise<number | undefined>
  history(
    channelId: ChannelId,
    query: {
      readonly range: HistoryRange
      readonly position: HistoryPosition | undefined
      /** Newest first. */
      readonly limit: number
    },
  ): Promise<{ readonly head: number; readonly messages: readonly StoredMessage[] } | undefined>
  /** `message` is undefined when the channel has no such message. It may be deleted. */
  message(
    channelId: ChannelId,
    messageId: MessageId,
  ): Promise<{ readonly head: number; readonly message: StoredMessage | undefined } | undefined>
  /** What somebody voted for in a message's poll, ascending; undefined when it asks nothing. */
  votes(messageId: MessageId, userId: UserId): Promise<readonly number[] | undefined>
  /** The channel of a message that is there. */
  channelOf(messageId: MessageId): Promise<ChannelId | undefined>
  /** The pinned messages, the newest pin first: all, since their number is bounded. */
  pins(
    channelId: ChannelId,
  ): Promise<{ readonly head: number; readonly messages: readonly StoredMessage[] } | undefined>
  /** The texts that edits replaced, oldest first. */
  edits(messageId: MessageId): Promise<readonly ReplacedText[]>
  /** Replies after `afterSeq`, oldest first. */
  replies(query: {
    readonly rootId: MessageId
    readonly afterSeq: number
    readonly limit: number
  }): Promise<readonly StoredMessage[]>
  /** The current state of what changed after `after`, by `changedSeq`, at most `limit`: one moment of the store. */
  changes(channelId: ChannelId, after: number, limit: number): Promise<ChangePage | undefined>
}

// Changing messages.

export interface ReplacedText {
  readonly content: string
  readonly writtenAtMs: number
}

export interface MessageTarget {
  readonly channelId: ChannelId
  readonly messageId: MessageId
  /** Who asks: whose reactions are `mine`. */
  readonly userId: UserId
}

export interface ChangedMessage {
  readonly message: StoredMessage
  /** Each at a place of its own, in order; none when nothing changed. The deletion of a reply changes its root too. */
  readonly changes: readonly StoredMessage[]
}

export interface MessageChanges {
  /**
   * The one way in which a message changes: locks the head of its channel as an append does, shows what is there to `decide`, makes what
   * it decided, and moves the head with an outbox row for each place, in one transaction. `decide` is given undefined when the channel
   * has no such message; its refusal is the answer, and nothing has changed then.
   */
  change<Refusal>(
    target: MessageTarget,
    decide: (state: MessageState | undefined) => Result<ChangeRequest | 'unchanged', Refusal>,
  ): Promise<Result<ChangedMessage, Refusal>>
}

// Moderation.

export interface StoredModeration {
  readonly id: MessageId
  readonly channelId: ChannelId
  readonly userId: UserId
  readonly clientId: ClientId | null
  readonly threadId: MessageId | null
  /** Null while it does not stand in the channel. */
  readonly seq: number | null
  readonly content: string
  readonly poll: Poll | undefined
  readonly status: ModerationStatus
  readonly heldFor: readonly HoldRule[]
  readonly reportCount: number
  /** The newest, without those who gave none. */
  readonly reportReasons: readonly string[]
  readonly queuedAtMs: number
  /** When it came into its channel; null while it does not stand there. */
  readonly sentAtMs: number | null
  /** Its author has deleted what was removed: there is no text any more. */
  readonly letGo: boolean
  readonly decidedBy: UserId | null
  readonly decidedAtMs: number | null
  readonly reason: string | null
}

/** A change of such a message, and the streams that it moved. */
export interface ToldModeration {
  readonly message: StoredModeration
  readonly advances: readonly StreamAdvance[]
}

export type HoldOutcome =
  | (ToldModeration & { readonly kind: 'held' })
  /** The client_id is known, with the same content: of a message that was held. */
  | { readonly kind: 'held_before'; readonly message: StoredModeration }
  | SentBefore
  | { readonly kind: AppendRefusal | 'too_many_held' }

export interface ModerationTarget {
  readonly channelId: ChannelId
  readonly messageId: MessageId
  readonly userId: UserId
}

export interface AuditRecord {
  readonly id: number
  readonly atMs: number
  readonly actorId: UserId
  readonly action: string
  readonly channelId: ChannelId | null
  readonly messageId: MessageId | null
  readonly userId: UserId | null
  readonly reason: string | null
  readonly details: Readonly<Record<string, unknown>> | null
}

export interface AuditQuery {
  readonly viewerId: UserId
  readonly action: string | undefined
  readonly actorId: UserId | undefined
  /** Whom it was about. */
  readonly userId: UserId | undefined
  readonly channelId: ChannelId | undefined
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  /** Those that are older than this one. */
  readonly before: number | undefined
  readonly limit: number
}

/** What each of these changes is in the audit log too, in its transaction. */
export interface ModerationStore {
  /** Keeps a message that waits for a moderator, unless it is known or its author may not write here. */
  hold(
    draft: MessageDraft,
    heldFor: readonly HoldRule[],
    bounds: { readonly heldPerAuthorMax: number; readonly heldPerChannelMax: number },
  ): Promise<HoldOutcome>
  /** What was held under this draft's client_id. */
  findHeld(draft: MessageDraft): Promise<Extract<HoldOutcome, { kind: 'held_before' | 'conflict' }> | undefined>
  /**
   * The channel of a message that was held, or of any that stands. `forAdministrators`: somebody reported it in a conversation, where nobody
   * moderates.
   */
  whereIs(
    messageId: MessageId,
  ): Promise<{ readonly channelId: ChannelId; readonly forAdministrators: boolean } | undefined>
  /**
   * Decides under the lock of the channel's head, and stores what was decided in one transaction: the message in its channel or out of it, the
   * decision, and who is told. `decide` is given undefined when the channel has no such message.
   */
  change<Refusal>(
    target: ModerationTarget,
    decide: (state: ModeratedState | undefined) => Result<ModerationStep, Refusal>,
  ): Promise<
    Result<ToldModeration, Refusal | { readonly kind: 'cannot_post'; readonly why: AppendRefusal | 'conflict' }>
  >
  /**
   * Lets go of a message that was removed, for its author: text, and what belongs to it. The decision stays, and is not undone any more.
   * Undefined when nothing of theirs is removed under this id.
   */
  letGo(target: ModerationTarget): Promise<{ readonly advances: readonly StreamAdvance[] } | undefined>
  /** Undefined when there is no such message that stands. A second report of one person changes nothing. */
  report(
    target: ModerationTarget,
    reason: string | null,
  ): Promise<{ readonly advances: readonly StreamAdvance[] } | undefined>
  /** Undefined when it was never held, reported or decided about. */
  find(messageId: MessageId): Promise<StoredModeration | undefined>
  /** Whether they moderate any channel at all. */
  moderatesAny(userId: UserId): Promise<boolean>
  /** Oldest first: of channels where they are owner or moderator and, when asked for, of all public ones. */
  queue(query: {
    readonly userId: UserId
    readonly publicToo: boolean
    readonly channelId: ChannelId | undefined
    readonly after: TimePosition | undefined
    readonly limit: number
  }): Promise<readonly StoredModeration[]>
  /** Pending and removed ones, the newest first. */
  ownHeld(channelId: ChannelId, userId: UserId, limit: number): Promise<readonly StoredModeration[]>
  /** The words of a channel or, without one, of the house. */
  words(channelId: ChannelId | undefined): Promise<readonly string[]>
  setWords(channelId: ChannelId | undefined, words: readonly string[], actorId: UserId): Promise<void>
  audit(query: AuditQuery): Promise<readonly AuditRecord[]>
}

// What a person has of their own.

/** Each kind of row that carries a `user_seq` is one of these. */
export type StoredUserChange =
  | {
      readonly kind: 'membership'
      readonly changedSeq: number
      readonly membership: 'joined' | 'left'
      readonly role: ChannelRole
      /** As it is now. */
      readonly channel: SharedStoredChannel
    }
  | {
      readonly kind: 'channel'
      readonly changedSeq: number
      readonly channelId: ChannelId
      readonly state: OwnChannelState
    }
  | {
      readonly kind: 'thread'
      readonly changedSeq: number
      readonly channelId: ChannelId
      readonly rootId: MessageId
      readonly state: OwnThreadState
    }
  | { readonly kind: 'scheduled'; readonly changedSeq: number; readonly scheduled: StoredScheduled }
  | { readonly kind: 'reminder'; readonly changedSeq: number; readonly reminder: StoredReminder }
  | { readonly kind: 'draft'; readonly changedSeq: number; readonly draft: StoredDraft }
  | { readonly kind: 'restriction'; readonly changedSeq: number; readonly restriction: StoredRestriction }
  | { readonly kind: 'saved'; readonly changedSeq: number; readonly channelId: ChannelId; readonly saved: StoredSaved }
  | {
      readonly kind: 'moderation'
      readonly changedSeq: number
      readonly message: StoredModeration
      /** As a moderator, and not as its author alone. */
      readonly moderates: boolean
    }

/** Reads of one person's own stream. Whoever has no row of it yet has one whose head is 0. */
export interface UserStreamReader {
  heads(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, number>>
  /** As ChannelReader.changes. */
  changes(
    userId: UserId,
    after: number,
    limit: number,
  ): Promise<{ readonly changes: readonly StoredUserChange[]; readonly through: number; readonly head: number }>
}

// How far people have read.

/** What somebody has of a channel that they are in. */
export interface OwnChannelState extends ReadState {
  readonly muted: boolean
  readonly favourite: boolean
  readonly section: string | null
}

/** What somebody has of a thread. One that was never followed is as one that was left, with all of it read. */
export interface OwnThreadState extends ReadState {
  /** Undefined for whoever has neither come to follow it nor said no. */
  readonly following: boolean | undefined
}

export interface StoredOwnChannel {
  readonly channelId: ChannelId
  /** Its place in the person's own stream; undefined when nothing was changed. */
  readonly changedSeq: number | undefined
  readonly state: OwnChannelState
}

export interface StoredOwnThread {
  readonly channelId: ChannelId
  readonly rootId: MessageId
  readonly changedSeq: number | undefined
  readonly state: OwnThreadState
}

/** What a decision may need to know. */
export interface ReadFacts {
  readonly channelId: ChannelId
  /** Of the channel's stream. */
  readonly head: number
  /** That the change would take in the person's own stream. */
  readonly place: number
}

/** The oldest of what is unread, by seq, ascending, at most as many as asked for; `head` is that of the channel's stream. */
interface UnreadSeqs {
  readonly head: number
  readonly unread: readonly number[]
  readonly mentions: readonly number[]
}

export interface StoredUnread {
  readonly userHead: number
  readonly groupIds: readonly GroupId[]
  /** Those with the newest message first. */
  readonly channels: readonly (Omit<StoredOwnChannel, 'changedSeq'> & UnreadSeqs)[]
  /** Those that changed last in the person's own stream first. */
  readonly threads: readonly (Omit<StoredOwnThread, 'changedSeq'> & UnreadSeqs)[]
}

export interface ReadStateStore {
  /**
   * Decides for each of these channels that the person is in, under the lock of their own stream's head, and stores what was decided, each at a place
   * of its own. A decision of undefined changes nothing. Channels that the person is not in are missing from the answer.
   */
  changeChannels(
    userId: UserId,
    channelIds: readonly ChannelId[] | 'all',
    decide: (state: OwnChannelState, facts: ReadFacts) => OwnChannelState | undefined,
  ): Promise<readonly StoredOwnChannel[]>
  /** The same for threads, by their roots. */
  changeThreads(
    userId: UserId,
    rootIds: readonly MessageId[] | 'followed',
    decide: (state: OwnThreadState, facts: ReadFacts) => OwnThreadState | undefined,
  ): Promise<readonly StoredOwnThread[]>
  /** Of one moment. */
  unread(
    userId: UserId,
    bounds: { readonly channelsMax: number; readonly threadsMax: number; readonly seqsMax: number },
  ): Promise<StoredUnread>
}

// What people keep for themselves.

export interface PersonalStore {
  isFollowing(userId: UserId, rootId: MessageId): Promise<boolean>
  /** Roots of followed threads that have replies, those with the newest reply first. */
  threads(userId: UserId, page: KeptPage): Promise<readonly StoredMessage[]>
  /** Undefined when nothing was changed: it is saved already, or deleted. */
  save(
    userId: UserId,
    messageId: MessageId,
    bounds: { readonly savedMax: number },
  ): Promise<Result<StoredSaved | undefined, 'too_many'>>
  /** Undefined when it was not saved. What was taken off more than `replayedMax` places ago is let go. */
  unsave(
    userId: UserId,
    messageId: MessageId,
    bounds: { readonly replayedMax: number },
  ): Promise<StoredSaved | undefined>
  /** All of them, the newest first, with the head of the person's own stream: of one moment. */
  savedIds(
    userId: UserId,
    query: { readonly open: 'all' | ChannelId; readonly limit: number },
  ): Promise<{ readonly userHead: number; readonly messageIds: readonly MessageId[] }>
  /** The newest first. */
  saved(
    userId: UserId,
    page: KeptPage,
  ): Promise<readonly { readonly message: StoredMessage; readonly savedAtMs: number }[]>
}

/** That a message is one of those that somebody has saved, or is none any more. */
export interface StoredSaved {
  readonly messageId: MessageId
  readonly saved: boolean
  /** Its place in the person's own stream. */
  readonly changedSeq: number
}

/** Of what stands in channels that the person is in, and in those that are open to them: the place of anything else would tell of it. */
export interface KeptPage {
  readonly after: TimePosition | undefined
  readonly limit: number
  /** The public channels that they may see without being in them. */
  readonly open: 'all' | ChannelId
}

// Groups of people.

export interface StoredGroup {
  readonly id: GroupId
  readonly name: string
  readonly description: string
  readonly createdBy: UserId
  readonly createdAtMs: number
  readonly memberCount: number
}

export type GroupFault = 'not_found' | 'name_taken' | 'too_many' | 'too_many_members'

export interface GroupStore {
  /** By name. */
  list(): Promise<readonly StoredGroup[]>
  find(id: GroupId): Promise<{ readonly group: StoredGroup; readonly memberIds: readonly UserId[] } | undefined>
  /** `name_taken` when a group or a person has it, without case. */
  create(
    group: Omit<StoredGroup, 'memberCount'> & { readonly memberIds: readonly UserId[] },
    bounds: { readonly groupsMax: number },
  ): Promise<Result<void, GroupFault>>
  update(
    id: GroupId,
    fields: { readonly name: string | undefined; readonly description: string | undefined },
  ): Promise<Result<void, GroupFault>>
  /** False when there was none. */
  remove(id: GroupId): Promise<boolean>
  addMember(id: GroupId, userId: UserId, bounds: { readonly membersMax: number }): Promise<Result<void, GroupFault>>
  removeMember(id: GroupId, userId: UserId): Promise<Result<void, GroupFault>>
}

// People.

export interface UserRecord {
  readonly id: UserId
  readonly username: string
  readonly displayName: string
  readonly bot: boolean
  readonly role: string
  readonly state: string
  readonly accountCreatedAtMs: number
  readonly version: number
}

export interface UserReplica {
  find(ids: readonly UserId[]): Promise<readonly UserRecord[]>
  /** Keeps what is newer by `version`. */
  upsert(users: readonly UserRecord[]): Promise<void>
}

// Import.

export interface ChannelOrigin {
  readonly source: string
  readonly externalId: string
}

export interface ImportedMessageRow {
  readonly id: MessageId
  readonly userId: UserId
  readonly content: string
  readonly createdAtMs: number
  readonly editedAtMs: number | null
  readonly threadId: MessageId | null
  readonly reactions: readonly { readonly emoji: string; readonly userIds: readonly UserId[] }[]
}

export interface ImportStore {
  /** The same for the same words, for ever: a UUID of version 8 from their hash. */
  messageId(origin: ChannelOrigin, externalId: string): MessageId
  findChannel(origin: ChannelOrigin): Promise<{ readonly channelId: ChannelId; readonly name: string } | undefined>
  /** False when the name is taken, or the origin was imported meanwhile. */
  createChannel(
    origin: ChannelOrigin,
    channel: Omit<NewChannel, 'createdBy' | 'type'> & { readonly archivedAtMs: number | null },
  ): Promise<boolean>
  addMembers(channelId: ChannelId, userIds: readonly UserId[]): Promise<void>
  /** Adds those that are not known yet, in their order, in one transaction. A thread that is not there is left out of its reply. */
  addMessages(channelId: ChannelId, rows: readonly ImportedMessageRow[]): Promise<{ readonly inserted: number }>
}

// The rest.

export interface StreamAdvance {
  readonly stream: StreamName
  readonly head: number
}

/** Tells of changes of streams that were committed, by this process or another: at least once each, also after a crash. */
export interface ChangeRelay {
  readonly service: Service
  /** There may be something to tell. */
  poke(): void
}

export interface RateLimitSetting {
  readonly count: number
  readonly windowS: number
}

export interface ChatSettings {
  readonly lobbyAccess: LobbyAccess
  /** Of edits, deletions, reactions and pins, of one person in all channels. */
  readonly changeRateLimit: RateLimitSetting
  readonly lobbyRateLimit: RateLimitSetting
  readonly channelRateLimit: RateLimitSetting
  /** In a moderated channel, what an account of less than a day sends beyond this waits for a moderator. */
  readonly newAccountRateLimit: RateLimitSetting
}

export interface ChatLimits {
  readonly batchMessagesMax: number
  readonly batchBytesMax: number
  readonly batchesInFlightMax: number
  readonly queueMessagesMax: number
  readonly queueBytesMax: number
  /** How long a sender should wait when the queue is full or the database is away. */
  readonly overloadRetryMs: number
  readonly rateLimitBytesMax: number
  readonly changeRateLimitBytesMax: number
  /** How many sends of before a restart are looked at. */
  readonly rateLimitRestoreMax: number
  readonly cachedUsersMax: number
  /** Channels whose rules for sends are remembered. */
  readonly cachedRulesMax: number
  /** Messages that wait for a moderator: of one person in a channel, and of a channel. */
  readonly heldPerAuthorMax: number
  readonly heldPerChannelMax: number
  readonly newAccountBytesMax: number
  readonly importBatchMax: number
  /** Channels and threads in which one person types at once, and people who type in one of them. More is not told. */
  readonly typingPlacesPerUserMax: number
  readonly typistsPerPlaceMax: number
  /** How long it takes at most until it is written that somebody is still here. */
  readonly seenWriteIntervalMs: number
  readonly seenPerWriteMax: number
}

export const CHAT_LIMITS: ChatLimits = {
  batchMessagesMax: 512,
  batchBytesMax: 4 * 1024 * 1024,
  batchesInFlightMax: 4,
  queueMessagesMax: 20_000,
  queueBytesMax: 64 * 1024 * 1024,
  overloadRetryMs: 1_000,
  rateLimitBytesMax: 64 * 1024 * 1024,
  changeRateLimitBytesMax: 16 * 1024 * 1024,
  rateLimitRestoreMax: 500_000,
  cachedUsersMax: 10_000,
  cachedRulesMax: 10_000,
  heldPerAuthorMax: 20,
  heldPerChannelMax: 1_000,
  newAccountBytesMax: 4 * 1024 * 1024,
  importBatchMax: 1_000,
  typingPlacesPerUserMax: 10,
  typistsPerPlaceMax: 20,
  seenWriteIntervalMs: 60_000,
  seenPerWriteMax: 1_000,
}

export interface ChatPorts extends PresencePorts {
  readonly messages: MessageLog
  readonly messageChanges: MessageChanges
  readonly channels: ChannelStore
  readonly members: MemberStore
  readonly reader: ChannelReader
  readonly userStreams: UserStreamReader
  readonly users: UserReplica
  readonly groups: GroupStore
  readonly personal: PersonalStore
  readonly readStates: ReadStateStore
  readonly drafts: DraftStore
  readonly scheduled: ScheduledStore
  readonly reminders: ReminderStore<StoredMessage>
  readonly moderation: ModerationStore
  readonly restrictions: RestrictionStore
  readonly imports: ImportStore
  readonly createRelay: (deliver: (advances: readonly StreamAdvance[]) => void) => ChangeRelay
  /** Identity's own answer about people; those whom it does not know are missing from it. */
  readonly fetchUsers: (ids: readonly UserId[]) => Promise<readonly UserRecord[]>
  readonly clock: Clock
  readonly settings: ChatSettings
  readonly limits?: Partial<ChatLimits>
  readonly log: (line: string) => void
}
