/** From records of the store to what goes over the wire. */
import {
  channelStream,
  quotesIn,
  userStream,
  type ChangeFrame,
  type Channel,
  type Member,
  type Mention,
  type Message,
  type Poll,
  type Reaction,
} from '@glasshouse/contracts'
import type { ChannelId, UserId } from '@glasshouse/kernel'
import type { ChannelType } from '../domain/channel-access.ts'
import { isLobby } from '../domain/lobby.ts'
import type { MembershipChange } from '../domain/membership.ts'
import type { Poll as AskedPoll } from '../domain/poll.ts'
import type {
  ChatSettings,
  MessageDraft,
  RateLimitSetting,
  SharedStoredChannel,
  StoredChange,
  StoredChannel,
  StoredMember,
  StoredMention,
  StoredMessage,
  StoredPoll,
} from './ports.ts'
import type { ShownUser } from './user-names.ts'

type MemberChangedFrame = Extract<ChangeFrame, { type: 'member_changed' }>

export type NameOf = (id: UserId) => ShownUser

type SharedChannel = Omit<Channel, 'joined' | 'role'>

function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

export function defaultRateLimit(channelId: ChannelId, settings: ChatSettings): RateLimitSetting {
  return isLobby(channelId) ? settings.lobbyRateLimit : settings.channelRateLimit
}

/** What is added to a channel's record: the house's settings, and the names of those whom it is called by. */
export interface ChannelNaming {
  readonly settings: ChatSettings
  readonly nameOf: NameOf
}

function toSharedChannel(channel: SharedStoredChannel, { settings, nameOf }: ChannelNaming): SharedChannel {
  const { count, windowS } = channel.rateLimit ?? defaultRateLimit(channel.id, settings)
  const shared: SharedChannel = {
    id: channel.id,
    type: channel.type,
    name: channel.name ?? '',
    topic: channel.topic,
    description: channel.description,
    is_lobby: isLobby(channel.id),
    rate_limit: { count, window_s: windowS },
    created_by: channel.createdBy,
    created_at: timestamp(channel.createdAtMs),
    archived: channel.archived,
    is_default: channel.isDefault,
    moderation: channel.moderated ? 'on' : 'off',
    changed_seq: channel.changedSeq,
    member_count: channel.memberCount,
  }
  if (channel.people !== null) {
    shared.people = channel.people.map((id) => {
      const { username, displayName } = nameOf(id)
      return { id, username, display_name: displayName }
    })
  }
  return shared
}

/** Whose names channels are called by. */
export function usersOfChannels(channels: readonly SharedStoredChannel[]): Set<UserId> {
  return new Set(channels.flatMap(({ people }) => people ?? []))
}

export function channelChanged(channel: SharedStoredChannel, naming: ChannelNaming): ChangeFrame {
  return {
    type: 'channel_changed',
    stream: channelStream(channel.id),
    channel_id: channel.id,
    changed_seq: channel.changedSeq,
    channel: toSharedChannel(channel, naming),
  }
}

export function toChannel(channel: StoredChannel, naming: ChannelNaming): Channel {
  const { role } = channel
  return { ...toSharedChannel(channel, naming), joined: role !== undefined, role: role ?? null }
}

export function toMember(stored: StoredMember, user: ShownUser): Member {
  const member: Member = {
    user_id: stored.userId,
    username: user.username,
    display_name: user.displayName,
    role: stored.role,
    joined_at: timestamp(stored.joinedAtMs),
    changed_seq: stored.changedSeq,
  }
  if (user.degraded) member.degraded = true
  return member
}

/** A message as its sender wrote it, at the moment in which it was stored. */
export function sentMessage(
  draft: MessageDraft,
  stored: {
    readonly id: string
    readonly seq: number
    readonly createdAtMs: number
    readonly mentions?: readonly StoredMention[]
  },
  author: ShownUser,
): Message {
  const message: Message = {
    id: stored.id,
    stream: channelStream(draft.channelId),
    channel_id: draft.channelId,
    seq: stored.seq,
    changed_seq: stored.seq,
    user_id: draft.userId,
    username: author.username,
    display_name: author.displayName,
    content: draft.content,
    timestamp: timestamp(stored.createdAtMs),
    status: 'visible',
  }
  if (draft.clientId !== undefined) message.client_id = draft.clientId
  if (draft.threadId !== undefined) message.thread_id = draft.threadId
  if (stored.mentions !== undefined && stored.mentions.length > 0) message.mentions = stored.mentions.map(toMention)
  const quotes = quotesIn(draft.content)
  if (quotes.length > 0) message.quotes = [...quotes]
  if (draft.poll !== undefined) message.poll = newPoll(draft.poll)
  if (author.bot) message.bot = true
  if (author.degraded) message.degraded = true
  return message
}

function toMention({ kind, name, id }: StoredMention): Mention {
  return id === null ? { kind, name } : { kind, name, id }
}

export function toMessage(stored: StoredMessage, nameOf: NameOf): Message {
  const { clientId, threadId, poll: _poll, ...rest } = stored
  const draft = { ...rest, clientId: clientId ?? undefined, threadId: threadId ?? undefined }
  const message = sentMessage(draft, stored, nameOf(stored.userId))
  message.changed_seq = stored.changedSeq
  if (stored.editedAtMs !== null) message.edited_at = timestamp(stored.editedAtMs)
  if (stored.pinnedAtMs !== null && stored.pinnedBy !== null) {
    message.pinned_at = timestamp(stored.pinnedAtMs)
    message.pinned_by = nameOf(stored.pinnedBy).username
  }
  if (stored.reactions.length > 0) message.reactions = toReactions(stored, nameOf)
  if (stored.poll !== undefined) message.poll = toPoll(stored.poll, nameOf)
  if (stored.replyCount > 0) message.reply_count = stored.replyCount
  if (stored.lastReplyAtMs !== null) message.last_reply_at = timestamp(stored.lastReplyAtMs)
  if (stored.lastReplySeq !== null) message.last_reply_seq = stored.lastReplySeq
  if (stored.deleted) message.deleted = true
  return message
}

function toPoll(stored: StoredPoll, nameOf: NameOf): Poll {
  const { question, multiple, anonymous, voters, endsAtMs } = stored
  const options = stored.options.map(({ text, count, userIds }) => {
    return { text, votes: count, usernames: userIds.map((id) => nameOf(id).username) }
  })
  const poll = { question, options, multiple, anonymous, voters }
  return endsAtMs === null ? poll : { ...poll, ends_at: timestamp(endsAtMs) }
}

/** A poll in which nobody has voted yet. */
export function newPoll({ options, endsAtMs, ...rest }: AskedPoll): Poll {
  const poll = { ...rest, options: options.map((text) => ({ text, votes: 0, usernames: [] })), voters: 0 }
  return endsAtMs === undefined ? poll : { ...poll, ends_at: timestamp(endsAtMs) }
}

function toReactions(stored: StoredMessage, nameOf: NameOf): Reaction[] {
  return stored.reactions.map(({ emoji, count, userIds }) => {
    return { emoji, count, usernames: userIds.map((id) => nameOf(id).username) }
  })
}

/** A message as a change of its stream: a new one, another state of one that may be known, or what is left of a deleted one. */
export function messageChanged(stored: StoredMessage, nameOf: NameOf): ChangeFrame {
  const message = toMessage(stored, nameOf)
  if (!stored.deleted) {
    return { type: stored.changedSeq === stored.seq ? 'new_message' : 'message_updated', ...message }
  }
  const { content: _content, status: _status, deleted: _deleted, ...left } = message
  return { type: 'message_deleted', ...left }
}

/** All that a change of reactions tells: less than the message, which may be long. */
export function reactionChanged(stored: StoredMessage, nameOf: NameOf): ChangeFrame {
  return {
    type: 'reaction_changed',
    stream: channelStream(stored.channelId),
    id: stored.id,
    channel_id: stored.channelId,
    seq: stored.seq,
    changed_seq: stored.changedSeq,
    reactions: toReactions(stored, nameOf),
  }
}

export function usersOf(messages: readonly StoredMessage[]): Set<UserId> {
  const ids = new Set<UserId>()
  for (const message of messages) {
    ids.add(message.userId)
    if (message.pinnedBy !== null) ids.add(message.pinnedBy)
    for (const option of message.poll?.options ?? []) for (const id of option.userIds) ids.add(id)
    for (const reaction of message.reactions) for (const id of reaction.userIds) ids.add(id)
  }
  return ids
}

interface MembershipAt extends MembershipChange {
  readonly changedSeq: number
}

/** In the stream of the channel. */
export function memberChanged(
  channel: { readonly id: ChannelId; readonly type: ChannelType },
  change: MembershipAt,
  user: ShownUser,
): MemberChangedFrame {
  return {
    type: 'member_changed',
    stream: channelStream(channel.id),
    channel_id: channel.id,
    changed_seq: change.changedSeq,
    user_id: change.userId,
    username: user.username,
    display_name: user.displayName,
    membership: change.membership,
    role: change.membership === 'joined' ? change.role : null,
    channel_type: channel.type,
  }
}

/** In the person's own stream: with the channel, so that a list can show it at once. */
export function ownMembershipChanged(
  channel: SharedStoredChannel,
  change: MembershipAt,
  naming: ChannelNaming,
): ChangeFrame {
  const frame = { ...memberChanged(channel, change, naming.nameOf(change.userId)), stream: userStream(change.userId) }
  return change.membership === 'left'
    ? frame
    : { ...frame, channel: toChannel({ ...channel, role: change.role }, naming) }
}

export function usersOfChanges(changes: readonly StoredChange[]): Set<UserId> {
  const ids = usersOf(changes.flatMap((change) => (change.kind === 'message' ? [change.message] : [])))
  for (const change of changes) {
    if (change.kind === 'member') ids.add(change.userId)
    if (change.kind === 'channel') for (const id of change.channel.people ?? []) ids.add(id)
  }
  return ids
}

export function toChangeFrame(
  change: StoredChange,
  at: { readonly channelId: ChannelId; readonly nameOf: NameOf },
  settings: ChatSettings,
): ChangeFrame {
  const { channelId, nameOf } = at
  switch (change.kind) {
    case 'message':
      return messageChanged(change.message, nameOf)
    case 'member':
      return memberChanged({ id: channelId, type: change.channelType }, change, nameOf(change.userId))
    case 'channel':
      return channelChanged(change.channel, { settings, nameOf })
  }
}
