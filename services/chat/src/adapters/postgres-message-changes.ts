import { ok, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type PoolClient } from '@glasshouse/platform'
import type { MessageChanges, MessageTarget, StoredMessage } from '../application/ports.ts'
import type { ChannelType } from '../domain/channel-access.ts'
import type { ChannelRole } from '../domain/membership.ts'
import type { ChangeRequest, MessageState } from '../domain/message-change.ts'
import { RESTRICTED_COLUMN, ROLE_COLUMN } from './channel-rows.ts'
import { followByReply } from './follow-by-reply.ts'
import { MESSAGE_COLUMNS, MESSAGE_JOINS, toStoredMessage, type MessageRow } from './message-rows.ts'
import { readPollState, VOTE } from './poll-rows.ts'
import { storeMentions } from './store-mentions.ts'
import { CHANNEL_STREAM_TOPIC } from './stream-topics.ts'
import { lockHead } from './write-memberships.ts'

/** The first text and the newest ones: a program that edits one message for ever does not fill the disk. */
const REPLACED_TEXTS_MAX = 100

/**
 * The head is locked first, in the order that appends use, and so everything that is read after it is what the change will be made of.
 * What a change costs does not grow with the channel; a reaction's cost grows with the reactions of its message.
 */
export function createPostgresMessageChanges(pool: Pool): MessageChanges {
  return {
    change: (target, decide) =>
      transaction(pool, async (client) => {
        const head = await lockHead(client, target.channelId)
        const state = head === undefined ? undefined : await readState(client, target)
        const decided = decide(state)
        if (!decided.ok) return decided
        if (head === undefined || state === undefined) throw new Error('what is not there was not refused')
        const made =
          decided.value === 'unchanged' ? [] : await make(client, { target, state, head, request: decided.value })
        await moveHead(client, target.channelId, { head, places: made.length })
        const rows = await readMessages(client, made.length === 0 ? [target.messageId] : made)
        const message = rows.find(({ id }) => id === target.messageId)
        if (message === undefined) throw new Error('a message that was changed is gone')
        return ok({ message, changes: made.length === 0 ? [] : rows })
      }),
  }
}

interface StateRow {
  readonly user_id: UserId
  readonly content: string
  readonly thread_id: MessageId | null
  readonly deleted: boolean
  readonly pinned: boolean
  readonly archived: boolean
  readonly type: ChannelType
  readonly role: ChannelRole | null
  readonly restricted: 'muted' | 'banned' | null
  readonly pin_count: number
  readonly reactions: MessageState['reactions']
}

const STATE = `
  select m.user_id, m.content, m.thread_id, m.deleted_at is not null as deleted, m.pinned_at is not null as pinned,
    c.archived_at is not null as archived, c.type, ${ROLE_COLUMN}, ${RESTRICTED_COLUMN},
    (select count(*)::integer from chat.messages p where p.channel_id = $1 and p.pinned_at is not null) as pin_count,
    (
      select coalesce(json_agg(json_build_object('emoji', e.emoji, 'mine', e.mine)), '[]')
      from (
        select emoji, bool_or(user_id = $3) as mine from chat.message_reactions where message_id = $2 group by emoji
      ) e
    ) as reactions
  from chat.messages m
  join chat.channels c on c.id = m.channel_id
  left join chat.members mb on mb.channel_id = m.channel_id and mb.user_id = $3
  where m.id = $2 and m.channel_id = $1`

async function readState(client: PoolClient, target: MessageTarget): Promise<MessageState | undefined> {
  const { rows } = await client.query<StateRow>(STATE, [target.channelId, target.messageId, target.userId])
  const row = rows[0]
  if (row === undefined) return undefined
  return {
    authorId: row.user_id,
    content: row.content,
    threadId: row.thread_id,
    deleted: row.deleted,
    pinned: row.pinned,
    poll: await readPollState(client, target.messageId, target.userId),
    reactions: row.reactions,
    channel: {
      type: row.type,
      archived: row.archived,
      role: row.role ?? undefined,
      restricted: row.restricted ?? undefined,
      pinCount: row.pin_count,
    },
  }
}

const NOW = `date_trunc('milliseconds', clock_timestamp())`

const EDIT = `
  with kept as (
    insert into chat.message_edits (message_id, version, content, written_at)
    select m.id, 1 + coalesce((select max(version) from chat.message_edits where message_id = $1), 0), m.content,
      coalesce(m.edited_at, m.created_at)
    from chat.messages m
    where m.id = $1
    returning version
  ),
  mentions as (delete from chat.message_mentions where message_id = $1),
  let_go as (
    delete from chat.message_edits e using kept
    where e.message_id = $1 and e.version > 1 and e.version <= kept.version - ${REPLACED_TEXTS_MAX - 1}
  )
  update chat.messages set changed_seq = $2, content = $3, edited_at = ${NOW} where id = $1`

/** All that a text leaves behind goes with it. What was held waits for nobody any more; its row is let go when it is old. */
const DELETE = `
  with reactions as (delete from chat.message_reactions where message_id = $1),
    edits as (delete from chat.message_edits where message_id = $1),
    mentions as (delete from chat.message_mentions where message_id = $1),
    saved as (delete from chat.saved_messages where message_id = $1),
    polls as (delete from chat.polls where message_id = $1),
    reported as (
      delete from chat.moderated_messages where id = $1 and status in ('visible', 'reported') and held_for = '{}' returning id
    ),
    reports as (delete from chat.message_reports r using reported where r.message_id = reported.id),
    told as (delete from chat.moderation_places p using reported where p.message_id = reported.id),
    held as (update chat.moderated_messages set status = 'visible' where id = $1 and status = 'reported' and held_for <> '{}'),
    votes as (delete from chat.poll_votes where message_id = $1)
  update chat.messages
  set changed_seq = $2, content = '', content_hash = '', edited_at = null, deleted_at = ${NOW}, pinned_at = null, pinned_by = null
  where id = $1`

const TOUCH = 'update chat.messages set changed_seq = $2 where id = $1'

const REACT = `
  with reacted as (
    insert into chat.message_reactions (message_id, emoji, user_id, position, created_at)
    select $1, $3, $4, coalesce(max(position) + 1, 0), ${NOW} from chat.message_reactions where message_id = $1
  )
  ${TOUCH}`

const UNREACT = `
  with taken_back as (delete from chat.message_reactions where message_id = $1 and emoji = $3 and user_id = $4)
  ${TOUCH}`

const PIN = `update chat.messages set changed_seq = $2, pinned_at = ${NOW}, pinned_by = $3 where id = $1`
const UNPIN = 'update chat.messages set changed_seq = $2, pinned_at = null, pinned_by = null where id = $1'

interface Making {
  readonly target: MessageTarget
  readonly state: MessageState
  readonly head: number
  readonly request: ChangeRequest
}

/** Returns what was changed, in the order of the places that it took after the head. */
async function make(client: PoolClient, { target, state, head, request }: Making): Promise<readonly MessageId[]> {
  const { messageId, userId } = target
  const place = head + 1
  switch (request.kind) {
    case 'edit':
      await client.query(EDIT, [messageId, place, request.content])
      await storeMentions(client, [{ messageId, names: request.mentionNames }])
      if (state.threadId !== null) await followByReply(client, [messageId])
      return [messageId]
    case 'delete':
      await client.query(DELETE, [messageId, place])
      if (state.threadId === null) return [messageId]
      // The root tells how many replies it has, so it is another one now.
      await client.query(TOUCH, [state.threadId, place + 1])
      return [messageId, state.threadId]
    case 'react':
      await client.query(REACT, [messageId, place, request.emoji, userId])
      return [messageId]
    case 'unreact':
      await client.query(UNREACT, [messageId, place, request.emoji, userId])
      return [messageId]
    case 'vote':
      await client.query(VOTE, [messageId, place, request.options, userId])
      return [messageId]
    case 'pin':
      await client.query(PIN, [messageId, place, userId])
      return [messageId]
    case 'unpin':
      await client.query(UNPIN, [messageId, place])
      return [messageId]
  }
}

/** Under the lock of the channel's head. */
export async function moveHead(
  client: PoolClient,
  channelId: ChannelId,
  by: { readonly head: number; readonly places: number },
): Promise<void> {
  if (by.places === 0) return
  await client.query(
    `with moved as (update chat.channel_heads set head = $3 where channel_id = $1)
     insert into chat.outbox (topic, key, version) select $4, $1, place from generate_series($2::bigint + 1, $3::bigint) place`,
    [channelId, by.head, by.head + by.places, CHANNEL_STREAM_TOPIC],
  )
}

async function readMessages(client: PoolClient, ids: readonly MessageId[]): Promise<readonly StoredMessage[]> {
  const text = `
    select ${MESSAGE_COLUMNS}
    from chat.messages m
    ${MESSAGE_JOINS}
    where m.id = any($1)
    order by m.changed_seq`
  const { rows } = await client.query<MessageRow>(text, [ids])
  return rows.map(toStoredMessage)
}
