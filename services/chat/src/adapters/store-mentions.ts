import type { MessageId } from '@glasshouse/kernel'
import type { PoolClient, Queryable } from '@glasshouse/platform'
import type { StoredMention } from '../application/ports.ts'

interface MentionRow extends StoredMention {
  readonly message_id: MessageId
  readonly position: number
}

/** A name is everybody's first, then a person's, then a group's; nobody's is text. */
const STORE = `
  insert into chat.message_mentions (message_id, position, kind, target_id, name, channel_id, seq)
  select i.message_id, i.position, found.kind, found.id, i.name, m.channel_id, m.seq
  from unnest($1::uuid[], $2::smallint[], $3::text[]) as i (message_id, position, name)
  join chat.messages m on m.id = i.message_id
  cross join lateral (
    select i.name as kind, null::uuid as id, 0 as rank where i.name in ('channel', 'here')
    union all
    select 'user', u.id, 1 from chat.user_replica u where lower(u.username) = i.name
    union all
    select 'group', g.id, 2 from chat.user_groups g where g.name_key = i.name
    order by rank
    limit 1
  ) found
  returning message_id, position, kind, target_id as id, name`

const READ = `
  select message_id, position, kind, target_id as id, name from chat.message_mentions where message_id = any($1) order by position`

/** Within the transaction of the messages. Answers who is mentioned by those that mention somebody. */
export async function storeMentions(
  client: PoolClient,
  messages: readonly { readonly messageId: MessageId; readonly names: readonly string[] }[],
): Promise<ReadonlyMap<MessageId, readonly StoredMention[]>> {
  const rows = messages.flatMap(({ messageId, names }) =>
    names.map((name, position) => ({ messageId, position, name })),
  )
  if (rows.length === 0) return new Map()
  const stored = await client.query<MentionRow>(STORE, [
    rows.map(({ messageId }) => messageId),
    rows.map(({ position }) => position),
    rows.map(({ name }) => name),
  ])
  return byMessage(stored.rows.toSorted((a, b) => a.position - b.position))
}

export async function readMentions(
  on: Queryable,
  messageIds: readonly MessageId[],
): Promise<ReadonlyMap<MessageId, readonly StoredMention[]>> {
  return byMessage((await on.query<MentionRow>(READ, [messageIds])).rows)
}

function byMessage(rows: readonly MentionRow[]): ReadonlyMap<MessageId, readonly StoredMention[]> {
  const found = new Map<MessageId, StoredMention[]>()
  for (const { message_id: messageId, kind, name, id } of rows) {
    const mentions = found.get(messageId)
    if (mentions === undefined) found.set(messageId, [{ kind, name, id }])
    else mentions.push({ kind, name, id })
  }
  return found
}
