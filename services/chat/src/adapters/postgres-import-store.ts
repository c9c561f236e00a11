import { hash } from 'node:crypto'
import type { ChannelId, MessageId, UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type PoolClient } from '@glasshouse/platform'
import { channelNameKey } from '../domain/channel-name.ts'
import type { ChannelOrigin, ImportedMessageRow, ImportStore } from '../application/ports.ts'
import { CHANNEL_STREAM_TOPIC } from './stream-topics.ts'
import { lockHead, writeMemberships } from './write-memberships.ts'

/**
 * Writes history under the lock of the channel's head, as live sends do: they may run at the same time, from another process. One outbox
 * row a batch of messages, with the head that it made: a watcher reads the difference anyway.
 */
export function createPostgresImportStore(pool: Pool): ImportStore {
  return {
    messageId,

    async findChannel({ source, externalId }) {
      const { rows } = await pool.query<{ channel_id: ChannelId; name: string }>(
        `select i.channel_id, c.name from chat.imported_channels i join chat.channels c on c.id = i.channel_id
         where i.source = $1 and i.external_id = $2`,
        [source, externalId],
      )
      const row = rows[0]
      return row === undefined ? undefined : { channelId: row.channel_id, name: row.name }
    },

    createChannel: ({ source, externalId }, { id, name, description, createdAtMs, archivedAtMs }) =>
      transaction(pool, async (client) => {
        // Two imports of the same export wait here for each other; the second finds the channel of the first.
        await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `chat-import ${source} ${externalId}`,
        ])
        const created = await client.query(
          `insert into chat.channels (id, name, name_key, description, created_at, archived_at, changed_seq)
           select $1, $2, $3, $4, $5, $6, 1
           where not exists (select 1 from chat.imported_channels where source = $7 and external_id = $8)
           on conflict (name_key) where type = 'public' do nothing`,
          [
            id,
            name,
            channelNameKey(name),
            description,
            new Date(createdAtMs),
            archivedAtMs === null ? null : new Date(archivedAtMs),
            source,
            externalId,
          ],
        )
        if (created.rowCount === 0) return false
        await client.query(
          // A date in the future, which exports have, must not carry the live messages there: their times never decrease.
          `with head as (insert into chat.channel_heads (channel_id, head, last_at, member_count)
               values ($1, 1, least($2, now()), 0)),
             origin as (insert into chat.imported_channels (source, external_id, channel_id) values ($3, $4, $1))
           insert into chat.outbox (topic, key, version) values ($5, $1, 1)`,
          [id, new Date(createdAtMs), source, externalId, CHANNEL_STREAM_TOPIC],
        )
        return true
      }),

    addMembers: (channelId, userIds) =>
      transaction(pool, async (client) => {
        const head = await importHead(client, channelId)
        const { rows } = await client.query<{ user_id: UserId }>(
          `select u.user_id from unnest($2::uuid[]) with ordinality as u (user_id, n)
           where not exists (
             select 1 from chat.members m
             where m.channel_id = $1 and m.user_id = u.user_id and (m.state = 'joined' or m.banned_until > now())
           )
           order by u.n`,
          [channelId, userIds],
        )
        const changes = rows.map((row) => ({ userId: row.user_id, membership: 'joined', role: 'member' }) as const)
        await writeMemberships(client, { id: channelId, head, at: new Date() }, changes)
      }),

    addMessages: (channelId, rows) =>
      transaction(pool, async (client) => {
        const head = await importHead(client, channelId)
        const inserted = new Set(await insertMessages(client, channelId, { head, rows }))
        await insertReactions(
          client,
          rows.filter((row) => inserted.has(row.id)),
        )
        await moveHead(client, channelId, { head, places: inserted.size })
        return { inserted: inserted.size }
      }),
  }
}

/** RFC 9562, version 8: the first 128 bits of the hash, but for the six that say what it is. */
function messageId({ source, externalId: channel }: ChannelOrigin, externalId: string): MessageId {
  const digest = hash('sha256', JSON.stringify([source, channel, externalId]), 'hex')
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16)
  const id = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ]
  return id.join('-') as MessageId
}

async function importHead(client: PoolClient, channelId: ChannelId): Promise<number> {
  const head = await lockHead(client, channelId)
  if (head === undefined) throw new Error(`there is no channel ${channelId} to import into`)
  return head
}

async function moveHead(
  client: PoolClient,
  channelId: ChannelId,
  by: { readonly head: number; readonly places: number },
): Promise<void> {
  if (by.places === 0) return
  await client.query(
    `with moved as (
       update chat.channel_heads set head = $2 where channel_id = $1)
     insert into chat.outbox (topic, key, version) values ($3, $1, $2)`,
    [channelId, by.head + by.places, CHANNEL_STREAM_TOPIC],
  )
}

/** A reply whose root is neither in the channel nor in this batch stands by itself: a thread that nobody can open helps nobody. */
async function insertMessages(
  client: PoolClient,
  channelId: ChannelId,
  batch: { readonly head: number; readonly rows: readonly ImportedMessageRow[] },
): Promise<readonly MessageId[]> {
  const { head, rows } = batch
  const roots = new Set(rows.filter((row) => row.threadId === null).map((row) => row.id))
  const text = `
    insert into chat.messages
      (id, channel_id, seq, changed_seq, user_id, content, content_hash, thread_id, created_at, edited_at)
    select n.id, $1, n.seq, n.seq, n.user_id, n.content,
      sha256(convert_to(coalesce(n.thread_id::text, '') || E'\\n' || n.content, 'UTF8')),
      case when n.root_is_here or exists (
        select 1 from chat.messages r where r.id = n.thread_id and r.channel_id = $1 and r.thread_id is null
      ) then n.thread_id end,
      n.created_at, n.edited_at
    from (
      select i.*, $2::bigint + row_number() over (order by i.n) as seq
      from unnest($3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::uuid[], $9::boolean[])
        with ordinality as i (id, user_id, content, created_at, edited_at, thread_id, root_is_here, n)
      where not exists (select 1 from chat.messages m where m.id = i.id)
    ) n
    returning id`
  const inserted = await client.query<{ id: MessageId }>(text, [
    channelId,
    head,
    rows.map((row) => row.id),
    rows.map((row) => row.userId),
    rows.map((row) => row.content),
    rows.map((row) => new Date(row.createdAtMs)),
    rows.map((row) => (row.editedAtMs === null ? null : new Date(row.editedAtMs))),
    rows.map((row) => row.threadId),
    rows.map((row) => row.threadId !== null && roots.has(row.threadId)),
  ])
  return inserted.rows.map((row) => row.id)
}

async function insertReactions(client: PoolClient, rows: readonly ImportedMessageRow[]): Promise<void> {
  const messageIds: MessageId[] = []
  const emoji: string[] = []
  const userIds: UserId[] = []
  const positions: number[] = []
  const times: Date[] = []
  for (const row of rows) {
    let position = 0
    for (const reaction of row.reactions) {
      for (const userId of reaction.userIds) {
        messageIds.push(row.id)
        emoji.push(reaction.emoji)
        userIds.push(userId)
        positions.push(position++)
        times.push(new Date(row.createdAtMs))
      }
    }
  }
  if (messageIds.length === 0) return
  await client.query(
    `insert into chat.message_reactions (message_id, emoji, user_id, position, created_at)
     select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::integer[], $5::timestamptz[])
     on conflict (message_id, emoji, user_id) do nothing`,
    [messageIds, emoji, userIds, positions, times],
  )
}
