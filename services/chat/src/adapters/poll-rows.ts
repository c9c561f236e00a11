import type { MessageId, UserId } from '@glasshouse/kernel'
import type { PoolClient } from '@glasshouse/platform'
import { REACTION_NAMES_MAX, type StoredPoll } from '../application/ports.ts'
import type { Poll, PollState } from '../domain/poll.ts'

export interface PollRow {
  readonly question: string
  readonly options: readonly string[]
  readonly multiple: boolean
  readonly anonymous: boolean
  readonly ends_at_ms: number | null
  readonly voters: number
  readonly votes:
    readonly { readonly option: number; readonly count: number; readonly user_ids: readonly UserId[] }[] | null
}

/** For a message `m`: null when it asks nothing. */
export const POLL_JOIN = `
  left join lateral (
    select json_build_object(
      'question', p.question, 'options', p.options, 'multiple', p.multiple, 'anonymous', p.anonymous,
      'ends_at_ms', (extract(epoch from p.ends_at) * 1000)::bigint,
      'voters', (select count(distinct user_id) from chat.poll_votes where message_id = p.message_id),
      'votes', (
        select json_agg(json_build_object('option', v.option, 'count', v.count, 'user_ids', v.user_ids))
        from (
          select option, count(*) as count, (array_agg(user_id order by voted_at, user_id))[1:${REACTION_NAMES_MAX}] as user_ids
          from chat.poll_votes
          where message_id = p.message_id
          group by option
        ) v
      )
    ) as poll
    from chat.polls p
    where p.message_id = m.id
  ) asked on true`

export function toStoredPoll(row: PollRow): StoredPoll {
  const votes = new Map(row.votes?.map((vote) => [vote.option, vote]))
  return {
    question: row.question,
    options: row.options.map((text, index) => {
      const vote = votes.get(index)
      // An anonymous poll's people are not even handed out of the store.
      return { text, count: vote?.count ?? 0, userIds: row.anonymous ? [] : (vote?.user_ids ?? []) }
    }),
    multiple: row.multiple,
    anonymous: row.anonymous,
    endsAtMs: row.ends_at_ms,
    voters: row.voters,
  }
}

/** Within the transaction of the message. */
export async function storePoll(client: PoolClient, messageId: MessageId, poll: Poll): Promise<void> {
  const text = `
    insert into chat.polls (message_id, question, options, multiple, anonymous, ends_at) values ($1, $2, $3, $4, $5, $6)`
  const endsAt = poll.endsAtMs === undefined ? null : new Date(poll.endsAtMs)
  await client.query(text, [messageId, poll.question, poll.options, poll.multiple, poll.anonymous, endsAt])
}

interface PollStateRow {
  readonly option_count: number
  readonly multiple: boolean
  readonly ends_at: Date | null
  readonly mine: readonly number[]
}

export async function readPollState(
  client: PoolClient,
  messageId: MessageId,
  userId: UserId,
): Promise<PollState | undefined> {
  const text = `
    select cardinality(p.options) as option_count, p.multiple, p.ends_at,
      array(select option::integer from chat.poll_votes where message_id = $1 and user_id = $2 order by option) as mine
    from chat.polls p
    where p.message_id = $1`
  const { rows } = await client.query<PollStateRow>(text, [messageId, userId])
  const row = rows[0]
  if (row === undefined) return undefined
  const endsAtMs = row.ends_at?.getTime()
  return { optionCount: row.option_count, multiple: row.multiple, endsAtMs, mine: row.mine }
}

/** Votes that stay keep their time, and so their place among the names. */
export const VOTE = `
  with taken_back as (
    delete from chat.poll_votes where message_id = $1 and user_id = $4 and option <> all ($3::smallint[])
  ),
  voted as (
    insert into chat.poll_votes (message_id, option, user_id, voted_at)
    select $1, o, $4, date_trunc('milliseconds', clock_timestamp()) from unnest($3::smallint[]) o
    on conflict (message_id, option, user_id) do nothing
  )
  update chat.messages set changed_seq = $2 where id = $1`
