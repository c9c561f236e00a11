import type { ChannelId, GroupId, MessageId, UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type PoolClient } from '@glasshouse/platform'
import type {
  OwnChannelState,
  OwnThreadState,
  ReadStateStore,
  StoredOwnChannel,
  StoredOwnThread,
} from '../application/ports.ts'
import type { ReadState } from '../domain/read-state.ts'
import { lockOwnHead, moveOwnHead } from './own-head.ts'
import { UNREAD } from './unread-query.ts'

/** The columns that say how far somebody has read, of `chat.own_channels` and of `chat.thread_follows` alike. */
export interface ReadRow {
  readonly read_seq: number
  readonly marked_seq: number | null
  readonly marked_at: number | null
}

export interface OwnChannelRow extends ReadRow {
  readonly muted: boolean
  readonly favourite: boolean
  readonly section: string | null
}

export interface OwnThreadRow extends ReadRow {
  readonly following: boolean | null
}

/**
 * How far people have read. Whoever changes it holds the lock of the head of the person's own stream, and no other: so what is decided is
 * decided by what is there.
 */
export function createPostgresReadStateStore(pool: Pool): ReadStateStore {
  return {
    changeChannels: (userId, channelIds, decide) =>
      transaction(pool, async (client) => {
        const head = await lockOwnHead(client, userId)
        const { rows } = await client.query<OwnChannelRow & { id: ChannelId; head: number }>(CHANNELS, [
          userId,
          channelIds === 'all' ? null : channelIds,
        ])
        let place = head
        const decided = rows.map((row): StoredOwnChannel => {
          const before = toOwnChannelState(row)
          const after = decide(before, { channelId: row.id, head: row.head, place: place + 1 })
          if (after !== undefined) place++
          return {
            channelId: row.id,
            changedSeq: after === undefined ? undefined : place,
            state: after ?? before,
          }
        })
        await storeChannels(client, userId, decided)
        await moveOwnHead(client, userId, { head, through: place })
        return decided
      }),

    changeThreads: (userId, rootIds, decide) => changeThreads(pool, { userId, rootIds, decide }),

    async unread(userId, { channelsMax, threadsMax, seqsMax }) {
      const { rows } = await pool.query<UnreadRow>(UNREAD, [userId, channelsMax, threadsMax, seqsMax])
      const row = rows[0]
      return {
        userHead: row?.head ?? 0,
        groupIds: row?.group_ids ?? [],
        channels: (row?.channels ?? []).map((each) => {
          return { channelId: each.channel_id, state: toOwnChannelState(each), ...countsOf(each) }
        }),
        threads: (row?.threads ?? []).map((each) => {
          const { channel_id: channelId, root_id: rootId } = each
          return { channelId, rootId, state: { ...toReadState(each), following: true }, ...countsOf(each) }
        }),
      }
    },
  }
}

interface CountsRow {
  readonly head: number
  readonly unread: readonly number[]
  readonly mentions: readonly number[]
}

interface UnreadRow {
  readonly head: number
  readonly group_ids: readonly GroupId[]
  readonly channels: readonly (OwnChannelRow & CountsRow & { readonly channel_id: ChannelId })[]
  readonly threads: readonly (ReadRow & CountsRow & { readonly channel_id: ChannelId; readonly root_id: MessageId })[]
}

function countsOf({ head, unread, mentions }: CountsRow): CountsRow {
  return { head, unread, mentions }
}

export function toReadState({ read_seq: readSeq, marked_seq: seq, marked_at: at }: ReadRow): ReadState {
  return { readSeq, mark: seq === null || at === null ? undefined : { seq, at } }
}

export function toOwnChannelState(row: OwnChannelRow): OwnChannelState {
  const { muted, favourite, section } = row
  return { ...toReadState(row), muted, favourite, section }
}

const CHANNELS = `
  select mb.channel_id as id, h.head, greatest(o.read_seq, mb.joined_seq) as read_seq, o.marked_seq, o.marked_at,
    coalesce(o.muted, false) as muted, coalesce(o.favourite, false) as favourite, o.section
  from chat.members mb
  join chat.channel_heads h on h.channel_id = mb.channel_id
  left join chat.own_channels o on o.user_id = mb.user_id and o.channel_id = mb.channel_id
  where mb.user_id = $1 and mb.user_seq > 0 and mb.state = 'joined' and ($2::uuid[] is null or mb.channel_id = any ($2))
  order by mb.channel_id`

const STORE_CHANNELS = `
  insert into chat.own_channels
    (user_id, channel_id, user_seq, read_seq, marked_seq, marked_at, muted, favourite, section)
  select $1, u.*
  from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::boolean[], $8::boolean[], $9::text[]) u
  on conflict (user_id, channel_id) do update set
    user_seq = excluded.user_seq, read_seq = excluded.read_seq, marked_seq = excluded.marked_seq,
    marked_at = excluded.marked_at, muted = excluded.muted, favourite = excluded.favourite, section = excluded.section`

async function storeChannels(client: PoolClient, userId: UserId, decided: readonly StoredOwnChannel[]): Promise<void> {
  const changed = decided.filter(({ changedSeq }) => changedSeq !== undefined)
  if (changed.length === 0) return
  const states = changed.map(({ state }) => state)
  await client.query(STORE_CHANNELS, [
    userId,
    changed.map(({ channelId }) => channelId),
    changed.map(({ changedSeq }) => changedSeq),
    ...readColumns(states),
    states.map(({ muted }) => muted),
    states.map(({ favourite }) => favourite),
    states.map(({ section }) => section),
  ])
}

function readColumns(states: readonly ReadState[]): readonly (readonly (number | null)[])[] {
  return [
    states.map(({ readSeq }) => readSeq),
    states.map(({ mark }) => mark?.seq ?? null),
    states.map(({ mark }) => mark?.at ?? null),
  ]
}

/** A thread that was never followed is as one that was left, with all of it read. */
const THREADS = `
  select r.id, r.channel_id, h.head, f.following, coalesce(f.read_seq, h.head) as read_seq,
    f.marked_seq, f.marked_at
  from unnest($2::uuid[]) as i (id)
  join chat.messages r on r.id = i.id and r.thread_id is null
  join chat.channel_heads h on h.channel_id = r.channel_id
  left join chat.thread_follows f on f.user_id = $1 and f.root_id = r.id
  order by r.id`

const FOLLOWED_THREADS = `
  select f.root_id as id, f.channel_id, h.head, f.following, f.read_seq, f.marked_seq, f.marked_at
  from chat.thread_follows f
  join chat.channel_heads h on h.channel_id = f.channel_id
  where f.user_id = $1 and f.following
  order by f.root_id`

const STORE_THREADS = `
  insert into chat.thread_follows
    (user_id, root_id, channel_id, user_seq, read_seq, marked_seq, marked_at, following)
  select $1, u.*
  from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::boolean[]) u
  on conflict (user_id, root_id) do update set
    user_seq = excluded.user_seq, read_seq = excluded.read_seq, marked_seq = excluded.marked_seq,
    marked_at = excluded.marked_at, following = excluded.following`

interface ThreadsChange {
  readonly userId: UserId
  readonly rootIds: readonly MessageId[] | 'followed'
  readonly decide: Parameters<ReadStateStore['changeThreads']>[2]
}

function changeThreads(pool: Pool, { userId, rootIds, decide }: ThreadsChange): Promise<readonly StoredOwnThread[]> {
  return transaction(pool, async (client) => {
    const head = await lockOwnHead(client, userId)
    const { rows } = await client.query<OwnThreadRow & { id: MessageId; channel_id: ChannelId; head: number }>(
      rootIds === 'followed' ? FOLLOWED_THREADS : THREADS,
      rootIds === 'followed' ? [userId] : [userId, rootIds],
    )
    let place = head
    const decided = rows.map((row): StoredOwnThread => {
      const before: OwnThreadState = { ...toReadState(row), following: row.following ?? undefined }
      const after = decide(before, { channelId: row.channel_id, head: row.head, place: place + 1 })
      if (after !== undefined) place++
      const changedSeq = after === undefined ? undefined : place
      return { channelId: row.channel_id, rootId: row.id, changedSeq, state: after ?? before }
    })
    const changed = decided.filter(({ changedSeq }) => changedSeq !== undefined)
    if (changed.length > 0) {
      const states = changed.map(({ state }) => state)
      await client.query(STORE_THREADS, [
        userId,
        changed.map(({ rootId }) => rootId),
        changed.map(({ channelId }) => channelId),
        changed.map(({ changedSeq }) => changedSeq),
        ...readColumns(states),
        states.map(({ following }) => following),
      ])
    }
    await moveOwnHead(client, userId, { head, through: place })
    return decided
  })
}
