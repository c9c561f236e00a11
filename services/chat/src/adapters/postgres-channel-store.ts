import type { ChannelId, UserId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import type { ChannelStore, StoredStanding } from '../application/ports.ts'
import type { ChannelType } from '../domain/channel-access.ts'
import { channelNameKey, type ChannelName } from '../domain/channel-name.ts'
import { LOBBY_ID, LOBBY_NAME } from '../domain/lobby.ts'
import type { ChannelRole, MembershipChange } from '../domain/membership.ts'
import { CHANNEL_COLUMNS, RESTRICTED_COLUMN, ROLE_COLUMN, toStoredChannel, type ChannelRow } from './channel-rows.ts'
import { changeChannel } from './change-channel.ts'
import { CHANNEL_STREAM_TOPIC } from './stream-topics.ts'
import { EVERYWHERE } from './word-lists.ts'
import { writeMemberships } from './write-memberships.ts'

type ListedRow = ChannelRow & { readonly role: ChannelRole | null }

const CREATE = `
  insert into chat.channels (id, type, name, name_key, description, created_by, created_at, changed_seq)
  values ($1, $2, $3, $4, $5, $6, $7, 1)
  on conflict (name_key) where type = 'public' do nothing`

const CREATE_CONVERSATION = `
  insert into chat.channels (id, type, people, name_key, description, created_by, created_at, changed_seq)
  values ($1, $2, $3, '', '', $4, $5, 1)
  on conflict (people) where people is not null do nothing`

const CREATE_HEAD = `
  with head as (insert into chat.channel_heads (channel_id, head, last_at, member_count) values ($1, 1, $2, 0))
  insert into chat.outbox (topic, key, version) values ($3, $1, 1)`

export function createPostgresChannelStore(pool: Pool): ChannelStore {
  return {
    create: ({ id, type, name, description, createdBy, createdAtMs }, memberIds) =>
      transaction(pool, async (client) => {
        const at = new Date(createdAtMs)
        const created = await client.query(CREATE, [id, type, name, channelNameKey(name), description, createdBy, at])
        if (created.rowCount === 0) return undefined
        await client.query(CREATE_HEAD, [id, at, CHANNEL_STREAM_TOPIC])
        const others = memberIds.filter((userId) => userId !== createdBy)
        const members: MembershipChange[] = [
          { userId: createdBy, membership: 'joined', role: 'owner' },
          ...others.map((userId): MembershipChange => ({ userId, membership: 'joined', role: 'member' })),
        ]
        return writeMemberships(client, { id, head: 1, at }, members)
      }),

    findOrCreateConversation: ({ id, type, people, createdBy, createdAtMs }) =>
      transaction(pool, async (client) => {
        const at = new Date(createdAtMs)
        const created = await client.query(CREATE_CONVERSATION, [id, type, people, createdBy, at])
        if (created.rowCount === 0) {
          const { rows } = await client.query<{ id: ChannelId }>('select id from chat.channels where people = $1', [
            people,
          ])
          if (rows[0] === undefined) throw new Error('a conversation is neither new nor there')
          return { id: rows[0].id, joined: undefined }
        }
        await client.query(CREATE_HEAD, [id, at, CHANNEL_STREAM_TOPIC])
        const members = people.map((userId): MembershipChange => ({ userId, membership: 'joined', role: 'member' }))
        return { id, joined: await writeMemberships(client, { id, head: 1, at }, members) }
      }),

    change: (channelId, actorId, decide) => changeChannel(pool, { channelId, actorId, decide }),

    async sendRules(channelId) {
      const { rows } = await pool.query<{
        count: number | null
        window_s: number | null
        held_words: readonly string[] | null
      }>(SEND_RULES, [channelId, EVERYWHERE])
      const row = rows[0]
      if (row === undefined) return undefined
      const { count, window_s: windowS } = row
      const rateLimit = count === null || windowS === null ? null : { count, windowS }
      return { rateLimit, heldWords: row.held_words ?? undefined }
    },

    async longestRateWindowS() {
      const text =
        'select coalesce(max(rate_window_s), 0) as longest from chat.channels where rate_window_s is not null'
      const { rows } = await pool.query<{ longest: number }>(text)
      return rows[0]?.longest ?? 0
    },

    async defaultsNeverJoined(userId) {
      const { rows } = await pool.query<{ id: ChannelId }>(
        `select c.id from chat.channels c
         where c.is_default and c.archived_at is null
           and not exists (select 1 from chat.members mb where mb.channel_id = c.id and mb.user_id = $1)
         order by c.id`,
        [userId],
      )
      return rows.map((row) => row.id)
    },

    async ensureLobby(nowMs) {
      const at = new Date(nowMs)
      await transaction(pool, async (client) => {
        const name = LOBBY_NAME as ChannelName
        const created = await client.query(
          `insert into chat.channels (id, name, name_key, description, created_at, changed_seq, moderated)
           values ($1, $2, $3, 'The room for everybody', $4, 1, true)
           on conflict (id) do nothing`,
          [LOBBY_ID, name, channelNameKey(name), at],
        )
        if (created.rowCount === 0) return
        await client.query(CREATE_HEAD, [LOBBY_ID, at, CHANNEL_STREAM_TOPIC])
      })
    },

    async list({ viewerId, after, joined, open, limit }) {
      const asks: unknown[] = [viewerId, open === 'all' ? null : open]
      const visible = joined === undefined ? VISIBLE : joined ? MINE : OTHERS
      const text = `
        select (select coalesce(max(head), 0) from chat.user_heads where user_id = $1) as user_head, p.*
        from (select $2::uuid as open) one
        left join lateral (
          select ${CHANNEL_COLUMNS}, ${ROLE_COLUMN}, c.name_key
          from chat.channels c
          join chat.channel_heads h on h.channel_id = c.id
          ${MEMBERSHIP}
          where ${visible} and ($4::uuid is null or (c.name_key, c.id) > ($5::text, $4::uuid))
          order by c.name_key, c.id
          limit $3
        ) p on true
        order by p.name_key, p.channel_id`
      // What a cursor stands for is asked as one who looks: the order must not tell the name of what one may not see.
      const from = after === undefined ? null : await positionOf(pool, [...asks, after])
      if (from === undefined) return undefined
      const { rows } = await pool.query<{ user_head: number } & (ListedRow | Nothing)>(text, [
        ...asks,
        limit,
        after ?? null,
        from,
      ])
      const channels = rows.flatMap((row) => (row.channel_id === null ? [] : toStoredChannel(row)))
      return { userHead: rows[0]?.user_head ?? 0, channels }
    },

    async find(channelId, viewerId) {
      const { rows } = await pool.query<
        ListedRow & { readonly head: number; readonly restricted: 'muted' | 'banned' | null }
      >(
        `select ${CHANNEL_COLUMNS}, ${ROLE_COLUMN}, h.head, ${RESTRICTED_COLUMN}
         from chat.channels c
         join chat.channel_heads h on h.channel_id = c.id
         left join chat.members mb on mb.channel_id = c.id and mb.user_id = $2
         where c.id = $1`,
        [channelId, viewerId ?? null],
      )
      const row = rows[0]
      return row === undefined
        ? undefined
        : { channel: toStoredChannel(row), head: row.head, restricted: row.restricted !== null }
    },

    async standings(channelIds, viewerId) {
      const { rows } = await pool.query<StandingRow>({
        name: 'chat-standings',
        text: STANDINGS,
        values: [channelIds, viewerId ?? null],
      })
      return new Map(
        rows.map((row): [ChannelId, StoredStanding] => [
          row.channel_id,
          {
            head: row.head,
            type: row.channel_type,
            role: row.role ?? undefined,
            ...(row.restricted === null ? {} : { restricted: row.restricted }),
          },
        ]),
      )
    },

    async membersAmong(pairs) {
      const { rows } = await pool.query<{ channel_id: ChannelId; user_id: UserId }>({
        name: 'chat-members-among',
        text: MEMBERS_AMONG,
        values: [pairs.map(({ channelId }) => channelId), pairs.map(({ userId }) => userId)],
      })
      const members = new Map<ChannelId, Set<UserId>>()
      for (const row of rows) {
        const ofChannel = members.get(row.channel_id) ?? new Set()
        members.set(row.channel_id, ofChannel.add(row.user_id))
      }
      return members
    },
  }
}

const SEND_RULES = `
  select c.rate_count as count, c.rate_window_s as window_s,
    case when c.moderated then array(select unnest(w.words) from chat.word_lists w where w.scope_id in (c.id, $2)) end as held_words
  from chat.channels c
  where c.id = $1`

interface Nothing {
  readonly channel_id: null
}

const MEMBERSHIP = `left join chat.members mb on mb.channel_id = c.id and mb.user_id = $1`
const MINE = `mb.state = 'joined'`
const OPEN = `c.type = 'public' and ($2::uuid is null or c.id = $2)`
const OTHERS = `mb.state is distinct from 'joined' and ${OPEN}`
const VISIBLE = `(${MINE} or ${OPEN})`

async function positionOf(pool: Pool, values: unknown[]): Promise<string | undefined> {
  const text = `select c.name_key from chat.channels c ${MEMBERSHIP} where c.id = $3 and ${VISIBLE}`
  const { rows } = await pool.query<{ name_key: string }>(text, values)
  return rows[0]?.name_key
}

interface StandingRow {
  readonly channel_id: ChannelId
  readonly channel_type: ChannelType
  readonly head: number
  readonly role: ChannelRole | null
  readonly restricted: 'muted' | 'banned' | null
}

const MEMBERS_AMONG = `
  select mb.channel_id, mb.user_id
  from unnest($1::uuid[], $2::uuid[]) as i (channel_id, user_id)
  join chat.members mb on mb.channel_id = i.channel_id and mb.user_id = i.user_id and ${MINE}`

const STANDINGS = `
  select c.id as channel_id, c.type as channel_type, h.head, ${ROLE_COLUMN}, ${RESTRICTED_COLUMN}
  from unnest($1::uuid[]) as i (id)
  join chat.channels c on c.id = i.id
  join chat.channel_heads h on h.channel_id = c.id
  left join chat.members mb on mb.channel_id = c.id and mb.user_id = $2`
