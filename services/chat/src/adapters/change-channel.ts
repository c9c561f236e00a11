import { err, ok, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { isServerError, transaction, type Pool, type PoolClient } from '@glasshouse/platform'
import type { StoredChannelChange } from '../application/ports.ts'
import type { ChannelChange } from '../domain/channel-change.ts'
import { channelNameKey } from '../domain/channel-name.ts'
import type { ChannelFacts, ChannelRole, MembershipFault } from '../domain/membership.ts'
import { audit } from './moderation-rows.ts'
import { readFacts } from './postgres-member-store.ts'
import { CHANNEL_STREAM_TOPIC, USER_STREAM_TOPIC } from './stream-topics.ts'
import { lockHead } from './write-memberships.ts'

export interface ChannelChanging {
  readonly channelId: ChannelId
  readonly actorId: UserId
  readonly decide: (facts: ChannelFacts) => Result<ChannelChange | 'unchanged', MembershipFault>
}

const UNIQUE_VIOLATION = '23505'

/**
 * Changes a channel under the lock of its head. It is a change of each member's own stream too, since their list shows it: the heads of
 * the people are locked after the channel's, in the order of their ids, as append_messages does.
 */
export async function changeChannel(
  pool: Pool,
  changing: ChannelChanging,
): Promise<Result<StoredChannelChange, MembershipFault | 'name_taken'> | undefined> {
  const { channelId, actorId, decide } = changing
  try {
    return await transaction(pool, async (client) => {
      const head = await lockHead(client, channelId)
      if (head === undefined) return undefined
      const decided = decide(await readFacts(client, channelId, [actorId]))
      if (!decided.ok) return decided
      if (decided.value === 'unchanged') return ok({ changedSeq: undefined, members: [] })
      const changedSeq = head + 1
      await write(client, channelId, { change: decided.value, changedSeq })
      const moderated = decided.value.kind === 'edit' ? decided.value.edit.moderated : undefined
      if (moderated !== undefined) {
        await audit(client, { actorId, action: `moderation.turned_${moderated ? 'on' : 'off'}`, channelId })
      }
      return ok({ changedSeq, members: await tellMembers(client, channelId, changedSeq) })
    })
  } catch (error) {
    // Another public channel bears the name: of the statements here only the new name can break a rule of uniqueness.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (isServerError(error) && code === UNIQUE_VIOLATION) return err('name_taken')
    throw error
  }
}

async function write(
  client: PoolClient,
  channelId: ChannelId,
  { change, changedSeq }: { readonly change: ChannelChange; readonly changedSeq: number },
): Promise<void> {
  const values: unknown[] = [channelId, changedSeq]
  const sets = ['changed_seq = $2']
  const set = (column: string, value: unknown): void => void sets.push(`${column} = $${values.push(value)}`)
  if (change.kind === 'edit') {
    const { name, topic, description, rateLimit, isDefault, moderated } = change.edit
    if (name !== undefined) {
      set('name', name)
      set('name_key', channelNameKey(name))
    }
    if (topic !== undefined) set('topic', topic)
    if (description !== undefined) set('description', description)
    if (rateLimit !== undefined) {
      set('rate_count', rateLimit?.count ?? null)
      set('rate_window_s', rateLimit?.windowS ?? null)
    }
    if (isDefault !== undefined) set('is_default', isDefault)
    if (moderated !== undefined) set('moderated', moderated)
  } else set('archived_at', change.kind === 'archive' ? new Date() : null)
  await client.query(`update chat.channels set ${sets.join(', ')} where id = $1`, values)
}

const TELL = `
  with head as (update chat.channel_heads set head = $2 where channel_id = $1),
  users_moved as (
    insert into chat.user_heads as h (user_id, head)
    select user_id, 1 from chat.members where channel_id = $1 and state = 'joined' order by user_id
    on conflict (user_id) do update set head = h.head + 1
    returning user_id, head
  ),
  told as (
    update chat.members mb set user_seq = u.head
    from users_moved u
    where mb.channel_id = $1 and mb.user_id = u.user_id
    returning mb.user_id, mb.role, mb.user_seq
  ),
  announced as (
    insert into chat.outbox (topic, key, version)
    values ($3, $1, $2)
  ),
  announced_to_users as (
    insert into chat.outbox (topic, key, version)
    select $4, user_id, head from users_moved
  )
  select user_id, role, user_seq from told`

async function tellMembers(
  client: PoolClient,
  channelId: ChannelId,
  changedSeq: number,
): Promise<StoredChannelChange['members']> {
  const { rows } = await client.query<{ user_id: UserId; role: ChannelRole; user_seq: number }>(TELL, [
    channelId,
    changedSeq,
    CHANNEL_STREAM_TOPIC,
    USER_STREAM_TOPIC,
  ])
  return rows.map((row) => ({ userId: row.user_id, role: row.role, userSeq: row.user_seq }))
}
