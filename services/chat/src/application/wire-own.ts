/** What a person has of their own, from records of the store to what goes over the wire. */
import {
  userStream,
  type ChangeFrame,
  type ChannelPreferences,
  type Draft,
  type OwnChannel,
  type ReadMark,
  type Unread,
  type UnreadThread,
} from '@glasshouse/contracts'
import type { ChannelId, MessageId, UserId } from '@glasshouse/kernel'
import type { ReadState } from '../domain/read-state.ts'
import type { StoredDraft } from './draft-ports.ts'
import type { OwnChannelState, OwnThreadState, StoredSaved, StoredUnread } from './ports.ts'

export function toReadMark({ mark }: ReadState): ReadMark | null {
  return mark === undefined ? null : { seq: mark.seq, at: mark.at }
}

export function toPreferences(channelId: ChannelId, state: OwnChannelState): ChannelPreferences {
  const { muted, favourite, section } = state
  return { channel_id: channelId, muted, favourite, section }
}

function toOwnChannel(channelId: ChannelId, state: OwnChannelState): OwnChannel {
  return { ...toPreferences(channelId, state), read_seq: state.readSeq, mark: toReadMark(state) }
}

export function ownChannelChanged(
  userId: UserId,
  { channelId, changedSeq, state }: { channelId: ChannelId; changedSeq: number; state: OwnChannelState },
): ChangeFrame {
  const own = toOwnChannel(channelId, state)
  return { type: 'own_channel_changed', stream: userStream(userId), changed_seq: changedSeq, ...own }
}

export function ownThreadChanged(
  userId: UserId,
  stored: { channelId: ChannelId; rootId: MessageId; changedSeq: number; state: OwnThreadState },
): ChangeFrame {
  const { channelId, rootId, changedSeq, state } = stored
  return {
    type: 'own_thread_changed',
    stream: userStream(userId),
    changed_seq: changedSeq,
    channel_id: channelId,
    thread_id: rootId,
    following: state.following === true,
    read_seq: state.readSeq,
    mark: toReadMark(state),
  }
}

export function toDraft({ channelId, threadId, content, changedSeq, updatedAtMs }: StoredDraft): Draft {
  const thread = threadId === undefined ? {} : { thread_id: threadId }
  const updated_at = new Date(updatedAtMs).toISOString()
  return { channel_id: channelId, ...thread, content, version: changedSeq, updated_at }
}

export function draftChanged(userId: UserId, draft: StoredDraft): ChangeFrame {
  const { changedSeq } = draft
  return { type: 'draft_changed', stream: userStream(userId), changed_seq: changedSeq, ...toDraft(draft) }
}

export function savedChanged(
  userId: UserId,
  { channelId, messageId, saved, changedSeq }: StoredSaved & { readonly channelId: ChannelId },
): ChangeFrame {
  const at = { channel_id: channelId, message_id: messageId }
  return { type: 'saved_changed', stream: userStream(userId), changed_seq: changedSeq, ...at, saved }
}

export function toUnread(userId: UserId, stored: StoredUnread): Unread {
  return {
    stream: userStream(userId),
    seq: stored.userHead,
    channels: stored.channels.map(({ channelId, state, head, unread, mentions }) => {
      return { ...toOwnChannel(channelId, state), head, unread: [...unread], mentions: [...mentions] }
    }),
    threads: stored.threads.map(({ channelId, rootId, state, head, unread, mentions }): UnreadThread => {
      const read = { read_seq: state.readSeq, mark: toReadMark(state) }
      return {
        channel_id: channelId,
        thread_id: rootId,
        ...read,
        head,
        unread: [...unread],
        mentions: [...mentions],
      }
    }),
    group_ids: [...stored.groupIds],
  }
}
