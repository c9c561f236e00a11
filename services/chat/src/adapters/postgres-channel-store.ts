import type { ChannelId, UserId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import { channelNameKey, type ChannelName } from '../domain/channel-name.ts'
import { LOBBY_ID, LOBBY_NAME } from '../domain/lobby.ts'
import type { ChannelStore, StoredChannel } from '../application/ports.ts'
import { CHANNEL_STREAM_TOPIC } from './channel-stream-topic.ts'

interface ChannelRow {
  readonly id: ChannelId
  readonly name: string
  readonly description: string
  readonly created_by: UserId | null
  readonly created_at: Date
  readonly changed_seq: number
  readonly member_count: number
  readonly joined: boolean
}

const CHANNEL_COLUMNS = `
  c.id, c.name, c.description, c.created_by, c.created_at, c.changed_seq, h.member_count, coalesce(mb.state = 'joined', false) as joined`

const CREATE = `
  insert into chat.channels (id, name, name_key, description, created_by, created_at, changed_seq)
  values ($1, $2, $3, $4, $5, $6, 1)
  on conflict (name_key) do nothing`

export function createPostgresChannelStore(pool: Pool): ChannelStore {
  return {
    create: ({ id, name, description, createdBy, createdAtMs }) =>
      transaction(pool, async (client) => {
        const at = new Date(createdAtMs)
        const created = await client.query(CREATE, [id, name, channelNameKey(name), description, createdBy, at])
        if (created.rowCount === 0) return false
        await client.query(
          `with head as (insert into chat.channel_heads (channel_id, head, last_at, member_count) values ($1, 2, $2, 1)),
             member as (insert into chat.members (channel_id, user_id, state, changed_seq, joined_at)
               values ($1, $3, 'joined', 2, $2))
           insert into chat.outbox (topic, key, version) values ($4, $1, 1), ($4, $1, 2)`,
          [id, at, createdBy, CHANNEL_STREAM_TOPIC],
        )
        return true
      }),

    async ensureLobby(nowMs) {
      const at = new Date(nowMs)
      await transaction(pool, async (client) => {
        const name = LOBBY_NAME as ChannelName
        const created = await client.query(
          `insert into chat.channels (id, name, name_key, description, created_at, changed_seq)
           values ($1, $2, $3, 'The room for everybody', $4, 1)
           on conflict (id) do nothing`,
          [LOBBY_ID, name, channelNameKey(name), at],
        )
        if (created.rowCount === 0) return
        await client.query(
          `with head as (insert into chat.channel_heads (channel_id, head, last_at, member_count) values ($1, 1, $2, 0))
           insert into chat.outbox (topic, key, version) values ($3, $1, 1)`,
          [LOBBY_ID, at, CHANNEL_STREAM_TOPIC],
        )
      })
    },

    async list({ viewerId, after, only, limit }) {
      const { rows } = await pool.query<ChannelRow>(
        `select ${CHANNEL_COLUMNS}
         from chat.channels c
         join chat.channel_heads h on h.channel_id = c.id
         left join chat.members mb on mb.channel_id = c.id and mb.user_id = $1
         where ($2::uuid is null or c.name_key > (select name_key from chat.channels where id = $2))
           and ($3::uuid is null or c.id = $3)
         order by c.name_key
         limit $4`,
        [viewerId, after ?? null, only ?? null, limit],
      )
      return rows.map(toStoredChannel)
    },

    async find(channelId, viewerId) {
      const { rows } = await pool.query<ChannelRow & { readonly head: number }>(
        `select ${CHANNEL_COLUMNS}, h.head
         from chat.channels c
         join chat.channel_heads h on h.channel_id = c.id
         left join chat.members mb on mb.channel_id = c.id and mb.user_id = $2
         where c.id = $1`,
        [channelId, viewerId ?? null],
      )
      const row = rows[0]
      return row === undefined ? undefined : { channel: toStoredChannel(row), head: row.head }
    },
  }
}

function toStoredChannel(row: ChannelRow): StoredChannel {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    createdBy: row.created_by,
    createdAtMs: row.created_at.getTime(),
    changedSeq: row.changed_seq,
    memberCount: row.member_count,
    joined: row.joined,
  }
}
