import { newId, ok, type ChannelId, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type PoolClient } from '@glasshouse/platform'
import type { StoredMembership } from '../application/ports.ts'
import type { RestrictionStore, StoredRestriction } from '../application/restriction-ports.ts'
import type { ChannelType } from '../domain/channel-access.ts'
import type { ChannelRole } from '../domain/membership.ts'
import type {
  RestrictionBefore,
  RestrictionFacts,
  RestrictionKind,
  RestrictionStep,
  RestrictionTarget,
} from '../domain/restriction.ts'
import { audit, lockModerationHeads, tellRestriction } from './moderation-rows.ts'
import {
  fromUntilMs,
  IN_FORCE,
  RESTRICTION_COLUMNS,
  RESTRICTION_JOIN,
  toStoredRestriction,
  toUntilMs,
  type RestrictionRow,
  type Until,
} from './restriction-rows.ts'
import { lockHead, writeMemberships } from './write-memberships.ts'

type Asked = RestrictionTarget & { readonly channelId: ChannelId; readonly actorId: UserId }

export function createPostgresRestrictionStore(pool: Pool): RestrictionStore {
  return {
    change: (asked, decide) =>
      transaction(pool, async (client) => {
        const { channelId, userId, kind } = asked
        const head = await lockHead(client, channelId)
        if (head === undefined) return undefined
        const row = await readFacts(client, asked)
        const decided = decide(toFacts(row))
        if (!decided.ok) return decided
        const step = decided.value
        if (step === 'unchanged') {
          return ok({ restriction: await read(client, asked), memberships: [], advances: [] })
        }
        await lockModerationHeads(client, { channelId, authorId: userId, threadId: null, names: [] })
        const memberships = await move(client, { asked, head, row, step })
        const until = step.terms === undefined ? null : fromUntilMs(step.terms.untilMs)
        await client.query(kind === 'mute' ? SET_MUTED : SET_BANNED, [channelId, userId, until])
        await store(client, asked, step)
        const restriction = await read(client, asked)
        if (restriction === undefined) throw new Error('a restriction that was set is gone')
        const told = { channelId, restrictionId: restriction.id, userId }
        const advances = await tellRestriction(client, told)
        await log(client, asked, step)
        return ok({ restriction, memberships, advances })
      }),

    async inForce(channelId, userId) {
      const { rows } = await pool.query<RestrictionRow>(
        `select ${RESTRICTION_COLUMNS}
         from chat.restrictions rs
         ${RESTRICTION_JOIN}
         where rs.channel_id = $1 and rs.user_id = $2 and ${IN_FORCE}
         order by rs.kind
         limit 1`,
        [channelId, userId],
      )
      return rows[0] === undefined ? undefined : toStoredRestriction(rows[0])
    },

    async list({ channelId, kind, before, limit }) {
      const { rows } = await pool.query<RestrictionRow>(
        `select ${RESTRICTION_COLUMNS}
         from chat.restrictions rs
         ${RESTRICTION_JOIN}
         where rs.channel_id = $1 and ${IN_FORCE} and ($2::text is null or rs.kind = $2)
           and ($3::timestamptz is null or (rs.set_at, rs.id) < ($3, $4::uuid))
         order by rs.set_at desc, rs.id desc
         limit $5`,
        [channelId, kind ?? null, before === undefined ? null : new Date(before.timeMs), before?.id ?? null, limit],
      )
      return rows.map(toStoredRestriction)
    },
  }
}

interface FactsRow {
  readonly type: ChannelType
  readonly archived: boolean
  readonly roles: Readonly<Record<UserId, ChannelRole>>
  readonly target_is_admin: boolean
  readonly until: Until | null
  /** Kept while they are out. */
  readonly joined_at: Date | null
  readonly joined_seq: number | null
  readonly set_by: UserId | null
  readonly set_at: Date | null
  readonly reason: string | null
  readonly changed_at: Date | null
  readonly before: StoredBefore | null
  readonly now_at: Date
}

/** As JSON has it: no end is null. */
interface StoredBefore {
  readonly terms: {
    readonly untilMs: number | null
    readonly reason: string | null
    readonly setBy: UserId
    readonly setAtMs: number
  } | null
  readonly role: ChannelRole | null
  readonly takenAtMs?: number
}

const FACTS = `
  select c.type, c.archived_at is not null as archived,
    (select coalesce(jsonb_object_agg(user_id, role), '{}') from chat.members
     where channel_id = $1 and user_id in ($2, $3) and state = 'joined') as roles,
    exists (select 1 from chat.user_replica r where r.id = $2 and r.role = 'admin' and r.state = 'active') as target_is_admin,
    case $4 when 'mute' then mb.muted_until else mb.banned_until end as until, mb.joined_at, mb.joined_seq,
    rs.set_by, rs.set_at, rs.reason, rs.changed_at, rs.before, date_trunc('milliseconds', clock_timestamp()) as now_at
  from chat.channels c
  left join chat.members mb on mb.channel_id = c.id and mb.user_id = $2
  left join chat.restrictions rs on rs.channel_id = c.id and rs.user_id = $2 and rs.kind = $4
  where c.id = $1`

async function readFacts(client: PoolClient, { channelId, userId, actorId, kind }: Asked): Promise<FactsRow> {
  const { rows } = await client.query<FactsRow>(FACTS, [channelId, userId, actorId, kind])
  if (rows[0] === undefined) throw new Error(`channel ${channelId} has a head and no row`)
  return rows[0]
}

function toFacts(row: FactsRow): RestrictionFacts {
  const { until, set_by: setBy, set_at: setAt, reason, changed_at: changedAt, before } = row
  const isSet = until !== null && setBy !== null && setAt !== null
  return {
    type: row.type,
    archived: row.archived,
    roles: new Map(Object.entries(row.roles) as [UserId, ChannelRole][]),
    targetIsAdmin: row.target_is_admin,
    terms: isSet ? { untilMs: toUntilMs(until), reason, setBy, setAtMs: setAt.getTime() } : undefined,
    undoable:
      before === null || changedAt === null
        ? undefined
        : { before: toBefore(before), changedAtMs: changedAt.getTime() },
    nowMs: row.now_at.getTime(),
  }
}

function toBefore({ terms, role, takenAtMs }: StoredBefore): RestrictionBefore {
  return {
    ...(takenAtMs === undefined ? {} : { takenAtMs }),
    terms: terms === null ? undefined : { ...terms, untilMs: terms.untilMs ?? Number.POSITIVE_INFINITY },
    role: role ?? undefined,
  }
}

function fromBefore({ terms, role, takenAtMs }: RestrictionBefore): StoredBefore {
  const isEndless = terms?.untilMs === Number.POSITIVE_INFINITY
  return {
    ...(takenAtMs === undefined ? {} : { takenAtMs }),
    terms: terms === undefined ? null : { ...terms, untilMs: isEndless ? null : terms.untilMs },
    role: role ?? null,
  }
}

const COME_BACK = 'update chat.members set joined_at = $3, joined_seq = $4 where channel_id = $1 and user_id = $2'

/** Who comes back by an undone ban was never away: what came meanwhile is unread, and nothing else is. */
async function move(
  client: PoolClient,
  moving: { readonly asked: Asked; readonly head: number; readonly row: FactsRow; readonly step: RestrictionStep },
): Promise<readonly StoredMembership[]> {
  const { asked, head, row, step } = moving
  const { channelId, userId } = asked
  const { membership } = step
  if (membership === undefined) return []
  const role = membership.state === 'joined' ? membership.role : 'member'
  const change = { userId, membership: membership.state, role } as const
  const changes = await writeMemberships(client, { id: channelId, head, at: row.now_at }, [change])
  if (membership.state === 'joined') {
    await client.query(COME_BACK, [channelId, userId, row.joined_at, row.joined_seq])
  }
  return changes
}

/** Who was never in the channel has no place in a stream by this. */
const setUntil = (column: 'muted_until' | 'banned_until'): string => `
  insert into chat.members (channel_id, user_id, state, role, changed_seq, user_seq, joined_at, ${column})
  values ($1, $2, 'left', 'member', 0, 0, now(), $3)
  on conflict (channel_id, user_id) do update set ${column} = excluded.${column}`
const SET_MUTED = setUntil('muted_until')
const SET_BANNED = setUntil('banned_until')

/** What was lifted keeps who set it. Its changes are never of the same moment, so that the later one can be told. */
const STORE = `
  insert into chat.restrictions as rs (id, channel_id, user_id, kind, set_by, set_at, reason, changed_at, before)
  values ($1, $2, $3, $4, $5, $6, $7, date_trunc('milliseconds', clock_timestamp()), $8)
  on conflict (channel_id, user_id, kind) do update set
    set_by = case when $9 then excluded.set_by else rs.set_by end,
    set_at = case when $9 then excluded.set_at else rs.set_at end,
    reason = case when $9 then excluded.reason else rs.reason end,
    changed_at = greatest(excluded.changed_at, rs.changed_at + interval '1 millisecond'), before = excluded.before`

async function store(client: PoolClient, asked: Asked, { terms, before }: RestrictionStep): Promise<void> {
  const { channelId, userId, kind, actorId } = asked
  await client.query(STORE, [
    newId(),
    channelId,
    userId,
    kind,
    terms?.setBy ?? actorId,
    new Date(terms?.setAtMs ?? 0),
    terms?.reason ?? null,
    before === undefined ? null : fromBefore(before),
    terms !== undefined,
  ])
}

const READ = `
  select ${RESTRICTION_COLUMNS}
  from chat.restrictions rs
  ${RESTRICTION_JOIN}
  where rs.channel_id = $1 and rs.user_id = $2 and rs.kind = $3`

async function read(client: PoolClient, { channelId, userId, kind }: Asked): Promise<StoredRestriction | undefined> {
  const { rows } = await client.query<RestrictionRow>(READ, [channelId, userId, kind])
  return rows[0] === undefined ? undefined : toStoredRestriction(rows[0])
}

const ACTIONS: Readonly<Record<RestrictionKind, Readonly<Record<RestrictionStep['request'], string>>>> = {
  mute: { set: 'member.muted', lift: 'member.mute_lifted', undo: 'member.mute_undone' },
  ban: { set: 'member.banned', lift: 'member.ban_lifted', undo: 'member.ban_undone' },
}

async function log(client: PoolClient, asked: Asked, { request, terms }: RestrictionStep): Promise<void> {
  const { channelId, userId, kind, actorId } = asked
  const isEndless = terms?.untilMs === Number.POSITIVE_INFINITY
  const until = terms === undefined || isEndless ? null : new Date(terms.untilMs).toISOString()
  await audit(client, {
    actorId,
    action: ACTIONS[kind][request],
    channelId,
    userId,
    ...(request === 'set' ? { reason: terms?.reason ?? null } : {}),
    ...(request === 'lift' ? {} : { details: terms === undefined ? { in_force: false } : { in_force: true, until } }),
  })
}
