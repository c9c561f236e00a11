import { ok, type ChannelId, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type PoolClient } from '@glasshouse/platform'
import type { MemberStore, StoredMember } from '../application/ports.ts'
import type { ChannelType } from '../domain/channel-access.ts'
import type { ChannelFacts, ChannelRole } from '../domain/membership.ts'
import { CHANNEL_STREAM_TOPIC } from './stream-topics.ts'
import { lockHead, writeMemberships } from './write-memberships.ts'

interface MemberRow {
  readonly user_id: UserId
  readonly role: ChannelRole
  readonly joined_at: Date
  readonly changed_seq: number
}

export function createPostgresMemberStore(pool: Pool): MemberStore {
  return {
    async list(channelId, { after, limit }) {
      const { rows } = await pool.query<{ head: number } & (MemberRow | { readonly user_id: null })>(LIST, [
        channelId,
        after ?? null,
        limit,
      ])
      const head = rows[0]?.head
      if (head === undefined) return undefined
      return { head, members: rows.flatMap((row) => (row.user_id === null ? [] : toStoredMember(row))) }
    },

    async find(channelId, userId) {
      const { rows } = await pool.query<MemberRow>(
        `select user_id, role, joined_at, changed_seq from chat.members
         where channel_id = $1 and user_id = $2 and state = 'joined'`,
        [channelId, userId],
      )
      return rows[0] === undefined ? undefined : toStoredMember(rows[0])
    },

    change: (channelId, userIds, decide) =>
      transaction(pool, async (client) => {
        const head = await lockHead(client, channelId)
        if (head === undefined) return undefined
        // A new statement: it sees all that the holders of the lock before us have committed.
        const decided = decide(await readFacts(client, channelId, userIds))
        if (!decided.ok) return decided
        const at = new Date()
        const changes = await writeMemberships(client, { id: channelId, head, at }, decided.value.changes)
        if (decided.value.archives !== true) return ok({ changes, archivedSeq: undefined })
        const archivedSeq = head + changes.length + 1
        await client.query(ARCHIVE, [channelId, archivedSeq, at, CHANNEL_STREAM_TOPIC])
        return ok({ changes, archivedSeq })
      }),
  }
}

/** Where the page before ended is known by the person who was its last, also when they have left since. */
const LIST = `
  select h.head, m.*
  from chat.channel_heads h
  left join lateral (
    select user_id, role, joined_at, changed_seq from chat.members
    where channel_id = $1 and state = 'joined'
      and ($2::uuid is null or (joined_at, user_id) > (
        select joined_at, user_id from chat.members where channel_id = $1 and user_id = $2))
    order by joined_at, user_id
    limit $3
  ) m on true
  where h.channel_id = $1
  order by m.joined_at, m.user_id`

const FACTS = `
  select c.type, c.archived_at is not null as archived, h.member_count,
    (select count(*)::integer from chat.members where channel_id = $1 and state = 'joined' and role = 'owner') as owner_count,
    (select coalesce(jsonb_object_agg(user_id, role), '{}') from chat.members
     where channel_id = $1 and user_id = any ($2) and state = 'joined') as roles,
    array(select user_id from chat.members where channel_id = $1 and user_id = any ($2) and banned_until > now()) as banned
  from chat.channels c join chat.channel_heads h on h.channel_id = c.id
  where c.id = $1`

const ARCHIVE = `
  with channel as (update chat.channels set archived_at = $3, changed_seq = $2 where id = $1),
    head as (update chat.channel_heads set head = $2 where channel_id = $1)
  insert into chat.outbox (topic, key, version) values ($4, $1, $2)`

export async function readFacts(
  client: PoolClient,
  channelId: ChannelId,
  userIds: readonly UserId[],
): Promise<ChannelFacts> {
  const { rows } = await client.query<{
    type: ChannelType
    archived: boolean
    member_count: number
    owner_count: number
    roles: Readonly<Record<UserId, ChannelRole>>
    banned: readonly UserId[]
  }>(FACTS, [channelId, userIds])
  const row = rows[0]
  if (row === undefined) throw new Error(`channel ${channelId} has a head and no row`)
  return {
    type: row.type,
    archived: row.archived,
    memberCount: row.member_count,
    ownerCount: row.owner_count,
    roles: new Map(Object.entries(row.roles) as [UserId, ChannelRole][]),
    banned: new Set(row.banned),
  }
}

function toStoredMember(row: MemberRow): StoredMember {
  return {
    userId: row.user_id,
    role: row.role,
    joinedAtMs: row.joined_at.getTime(),
    changedSeq: row.changed_seq,
  }
}
