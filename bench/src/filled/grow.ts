/**
 * A house that has been lived in: exports are imported as people import them, and then each channel's messages are repeated, by
 * rows like theirs behind its head, until there are as many as were asked for. Nothing about them is measured but the reading.
 */
import { Client } from 'pg'

/** Copies of the `$2` newest messages of channel `$1` that stand outside of threads, behind its head. */
const REPEAT = `
  with place as (
    select head, last_at from chat.channel_heads where channel_id = $1 for update),
  copied as (
    select m, row_number() over (order by (m).seq) as n
    from (select m from chat.messages m where channel_id = $1 and seq > 0 and thread_id is null and deleted_at is null
          order by seq desc limit $2) newest),
  written as (
    insert into chat.messages
    select (jsonb_populate_record(c.m, jsonb_build_object(
      'id', gen_random_uuid(), 'seq', p.head + c.n, 'changed_seq', p.head + c.n, 'client_id', null, 'pinned_at', null,
      'created_at', p.last_at + c.n * interval '1 second'))).*
    from copied c, place p
    returning seq, created_at)
  update chat.channel_heads h set head = w.seq, last_at = w.at
  from (select max(seq) as seq, max(created_at) as at, count(*) as count from written) w
  where h.channel_id = $1 and w.count > 0`

const ROWS_AT_ONCE = 50_000

export interface GrownChannel {
  readonly channelId: string
  readonly name: string
  /** Its head: messages and other changes. */
  readonly head: number
}

/** Grows the house to `messages`: one channel of about a tenth, the first, and the largest of the others by what they are. */
export async function growTo(
  connectionString: string,
  messages: number,
  log: (line: string) => void,
): Promise<readonly GrownChannel[]> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    const count = async (): Promise<number> => {
      const { rows } = await client.query<{ count: string }>('select count(*) from chat.messages')
      return Number(rows[0]?.count)
    }
    const { rows: channels } = await client.query<{ channel_id: string; count: number }>(
      `select channel_id, count(*)::integer as count from chat.messages
       where thread_id is null and deleted_at is null group by channel_id having count(*) > 100 order by count(*) desc`,
    )
    if (channels.length === 0) throw new Error('there is no channel with more than 100 messages to grow from')
    for (let index = 0; ; index++) {
      const missing = messages - (await count())
      if (missing <= 0) break
      const channel = channels[index % channels.length]
      await client.query(REPEAT, [channel?.channel_id, Math.min(ROWS_AT_ONCE, missing)])
      if (index % channels.length === 0) log(`${messages - missing} of ${messages} messages`)
    }
    await client.query('analyze chat.messages')
    const { rows } = await client.query<{ channel_id: string; name: string; head: string }>(
      `select c.id as channel_id, c.name, h.head from chat.channels c join chat.channel_heads h on h.channel_id = c.id
       where c.type = 'public' order by h.head desc`,
    )
    return rows.map(({ channel_id: channelId, name, head }) => ({ channelId, name, head: Number(head) }))
  } finally {
    await client.end()
  }
}
