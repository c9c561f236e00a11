import { err, ok, type GroupId, type Result, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type PoolClient, type Queryable } from '@glasshouse/platform'
import type { GroupFault, GroupStore, StoredGroup } from '../application/ports.ts'

interface GroupRow {
  readonly id: GroupId
  readonly name: string
  readonly description: string
  readonly created_by: UserId
  readonly created_at: Date
  readonly member_count: number
}

const GROUPS = `
  select g.id, g.name, g.description, g.created_by, g.created_at,
    (select count(*)::integer from chat.user_group_members m where m.group_id = g.id) as member_count
  from chat.user_groups g`

/** Groups change rarely, and few at a time: who adds one holds this, so that the bound holds. */
const LOCK_ALL = `select pg_advisory_xact_lock(hashtextextended('chat-user-groups', 0))`

export function createPostgresGroupStore(pool: Pool): GroupStore {
  return {
    async list() {
      const { rows } = await pool.query<GroupRow>(`${GROUPS} order by g.name_key`)
      return rows.map(toStoredGroup)
    },

    async find(id) {
      const { rows } = await pool.query<GroupRow>(`${GROUPS} where g.id = $1`, [id])
      const row = rows[0]
      if (row === undefined) return undefined
      const text = 'select user_id from chat.user_group_members where group_id = $1 order by added_at, user_id'
      const members = await pool.query<{ user_id: UserId }>(text, [id])
      return { group: toStoredGroup(row), memberIds: members.rows.map((member) => member.user_id) }
    },

    create: ({ id, name, description, createdBy, createdAtMs, memberIds }, { groupsMax }) =>
      transaction(pool, async (client): Promise<Result<void, GroupFault>> => {
        await client.query(LOCK_ALL)
        const counted = await client.query<{ count: number }>('select count(*)::integer as count from chat.user_groups')
        if ((counted.rows[0]?.count ?? 0) >= groupsMax) return err('too_many')
        if (await isTaken(client, name, id)) return err('name_taken')
        await client.query(
          `with made as (
             insert into chat.user_groups (id, name, name_key, description, created_by, created_at)
             values ($1, $2, lower($2), $3, $4, $5)
             returning id
           )
           insert into chat.user_group_members (group_id, user_id, added_at)
           select made.id, u.user_id, $5 from made, unnest($6::uuid[]) as u (user_id)`,
          [id, name, description, createdBy, new Date(createdAtMs), memberIds],
        )
        return ok()
      }),

    update: (id, { name, description }) =>
      transaction(pool, async (client): Promise<Result<void, GroupFault>> => {
        await client.query(LOCK_ALL)
        if (name !== undefined && (await isTaken(client, name, id))) return err('name_taken')
        const text = `
          update chat.user_groups
          set name = coalesce($2, name), name_key = coalesce(lower($2), name_key), description = coalesce($3, description)
          where id = $1`
        const updated = await client.query(text, [id, name ?? null, description ?? null])
        return updated.rowCount === 0 ? err('not_found') : ok()
      }),

    async remove(id) {
      const removed = await pool.query('delete from chat.user_groups where id = $1', [id])
      return removed.rowCount === 1
    },

    addMember: (id, userId, { membersMax }) =>
      transaction(pool, async (client): Promise<Result<void, GroupFault>> => {
        const locked = await client.query('select 1 from chat.user_groups where id = $1 for no key update', [id])
        if (locked.rowCount === 0) return err('not_found')
        const text = `
          select count(*)::integer as count, coalesce(bool_or(user_id = $2), false) as inside
          from chat.user_group_members
          where group_id = $1`
        const { rows } = await client.query<{ count: number; inside: boolean }>(text, [id, userId])
        if (rows[0]?.inside === true) return ok()
        if ((rows[0]?.count ?? 0) >= membersMax) return err('too_many_members')
        const insert = 'insert into chat.user_group_members (group_id, user_id, added_at) values ($1, $2, now())'
        await client.query(insert, [id, userId])
        return ok()
      }),

    removeMember: (id, userId) =>
      transaction(pool, async (client): Promise<Result<void, GroupFault>> => {
        const found = await client.query('select 1 from chat.user_groups where id = $1', [id])
        if (found.rowCount === 0) return err('not_found')
        await client.query('delete from chat.user_group_members where group_id = $1 and user_id = $2', [id, userId])
        return ok()
      }),
  }
}

/** By another group, or a person: one name mentions one of them. A person who takes it later comes first. */
async function isTaken(client: PoolClient | Queryable, name: string, by: GroupId): Promise<boolean> {
  const text = `
    select 1 from chat.user_groups where name_key = lower($1) and id <> $2
    union all
    select 1 from chat.user_replica where lower(username) = lower($1)
    limit 1`
  return ((await client.query(text, [name, by])).rowCount ?? 0) > 0
}

function toStoredGroup(row: GroupRow): StoredGroup {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    createdBy: row.created_by,
    createdAtMs: row.created_at.getTime(),
    memberCount: row.member_count,
  }
}
