import { err, ok, type ClientId, type MessageId, type Result, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type PoolClient } from '@glasshouse/platform'
import type {
  AppendRefusal,
  ModerationTarget,
  StoredModeration,
  StreamAdvance,
  ToldModeration,
} from '../application/ports.ts'
import type { ChannelType } from '../domain/channel-access.ts'
import type { ChannelRole } from '../domain/membership.ts'
import { stands, type ModeratedState, type ModerationStatus, type ModerationStep } from '../domain/moderated-message.ts'
import type { Poll } from '../domain/poll.ts'
import { ROLE_COLUMN } from './channel-rows.ts'
import { forgetMessages } from './forget-messages.ts'
import {
  audit,
  channelAdvance,
  lockModerationHeads,
  MODERATION_COLUMNS,
  MODERATION_JOIN,
  tellModeration,
  toStoredModeration,
  type ModerationRow,
} from './moderation-rows.ts'
import { moveHead } from './postgres-message-changes.ts'
import { appendWithEffects } from './postgres-message-log.ts'
import { storeMentions } from './store-mentions.ts'
import { lockHead } from './write-memberships.ts'

export type CannotPost = { readonly kind: 'cannot_post'; readonly why: AppendRefusal | 'conflict' }

interface StateRow {
  readonly user_id: UserId
  readonly client_id: ClientId | null
  readonly thread_id: MessageId | null
  readonly content: string | null
  readonly members_only: boolean | null
  readonly mention_names: readonly string[] | null
  readonly poll: Poll | null
  /** Of the message's own row in the channel, and of its row here. */
  readonly has_message: boolean
  readonly is_known: boolean
  readonly was_held: boolean
  readonly status: ModerationStatus | null
  readonly status_before: ModerationStatus | null
  readonly decided_by: UserId | null
  readonly decided_at: Date | null
  readonly deleted: boolean
  readonly archived: boolean
  readonly type: ChannelType
  readonly role: ChannelRole | null
}

const STATE = `
  select coalesce(q.user_id, m.user_id) as user_id, q.client_id, coalesce(q.thread_id, m.thread_id) as thread_id, q.content,
    q.members_only, q.mention_names, q.poll, m.id is not null as has_message, q.id is not null as is_known,
    coalesce(q.held_for <> '{}', false) as was_held, q.status, q.status_before, q.decided_by, q.decided_at,
    coalesce(q.let_go_at is not null or m.deleted_at is not null and (q.id is null or q.status in ('visible', 'reported')), false) as deleted,
    c.archived_at is not null as archived, c.type, ${ROLE_COLUMN}
  from chat.channels c
  left join chat.moderated_messages q on q.id = $2 and q.channel_id = $1
  left join chat.messages m on m.id = $2 and m.channel_id = $1
  left join chat.members mb on mb.channel_id = $1 and mb.user_id = $3
  where c.id = $1 and (q.id is not null or m.id is not null)`

/** Decides under the lock of the channel's head, and stores it all in one transaction: so a crash posts nothing twice, and loses nothing. */
export function moderateMessage<Refusal>(
  pool: Pool,
  target: ModerationTarget,
  decide: (state: ModeratedState | undefined) => Result<ModerationStep, Refusal>,
): Promise<Result<ToldModeration, Refusal | CannotPost>> {
  const { channelId, messageId, userId } = target
  return transaction(pool, async (client) => {
    const head = await lockHead(client, channelId)
    const { rows } = await client.query<StateRow>(STATE, [channelId, messageId, userId])
    const row = head === undefined ? undefined : rows[0]
    const decided = decide(row && toState(row))
    if (!decided.ok) return decided
    if (head === undefined || row === undefined) throw new Error('what is not there was not refused')
    const step = decided.value
    const names = row.mention_names ?? []
    await lockModerationHeads(client, { channelId, authorId: row.user_id, threadId: row.thread_id, names })
    if (!row.is_known) await client.query(KEEP, [messageId])
    const placed = await place(client, { target, row, head, step })
    if (!placed.ok) return placed
    await store(client, target, step)
    await audit(client, {
      actorId: userId,
      action: actionOf(step),
      channelId,
      messageId,
      userId: row.user_id,
      reason: step.request.kind === 'undo' ? null : step.request.reason,
    })
    // Of reports its author learns nothing; of what was held, and of what is taken out or comes back, everything.
    const tellsAuthor = row.was_held || step.effect !== 'none'
    const told = await tellModeration(client, { channelId, messageId, authorId: tellsAuthor ? row.user_id : null })
    await prune(client)
    return ok({ message: await read(client, messageId), advances: [...placed.value, ...told] })
  })
}

function toState(row: StateRow): ModeratedState {
  return {
    authorId: row.user_id,
    status: row.status ?? 'visible',
    statusBefore: row.status_before,
    decidedBy: row.decided_by,
    decidedAtMs: row.decided_at?.getTime() ?? null,
    deleted: row.deleted,
    channel: { type: row.type, archived: row.archived, role: row.role ?? undefined },
  }
}

function actionOf({ request, effect }: ModerationStep): string {
  if (request.kind === 'undo') return 'moderation.undone'
  if (request.kind === 'remove') return 'message.removed'
  return effect === 'post' ? 'message.approved' : 'message.kept'
}

/** A message that was never held or reported comes under moderation as it stands. */
const KEEP = `
  insert into chat.moderated_messages
    (id, channel_id, user_id, thread_id, members_only, mention_names, has_place, status, held_for, queued_at)
  select id, channel_id, user_id, thread_id, false, '{}', true, 'visible', '{}', date_trunc('milliseconds', clock_timestamp())
  from chat.messages where id = $1`

interface Placing {
  readonly target: ModerationTarget
  readonly row: StateRow
  readonly head: number
  readonly step: ModerationStep
}

/** What happens in the channel. Returns how far its stream moved. */
async function place(client: PoolClient, placing: Placing): Promise<Result<readonly StreamAdvance[], CannotPost>> {
  const { target, row, head, step } = placing
  const { channelId, messageId } = target
  if (step.effect === 'none') return ok([])
  if (step.effect === 'post' && !row.has_message) return append(client, placing)
  if (step.effect === 'post') {
    // What is undone was there already; what is approved is asked what any message is asked.
    const why = step.request.kind === 'approve' ? await refusalOf(client, target) : undefined
    if (why !== undefined) return err({ kind: 'cannot_post', why })
    await client.query(PUT_BACK, [messageId, head + 1])
    await storeMentions(client, [{ messageId, names: row.mention_names ?? [] }])
  } else {
    await client.query(KEEP_TEXT, [messageId])
    await client.query(TAKE_OUT, [messageId, head + 1])
  }
  // The root tells how many replies it has, so it is another one now.
  if (row.thread_id !== null) await client.query(TOUCH, [row.thread_id, head + 2])
  const places = row.thread_id === null ? 1 : 2
  await moveHead(client, channelId, { head, places })
  return ok([channelAdvance(channelId, head + places)])
}

/** As in chat.append_messages. */
const REFUSAL = `
  select case
    when mb.state is distinct from 'joined' and (q.members_only or c.type <> 'public') then 'outside'
    when mb.banned_until > now() then 'banned'
    when mb.muted_until > now() then 'muted'
    when q.thread_id is not null and r.id is null then 'thread_not_found'
  end as refusal
  from chat.moderated_messages q
  join chat.channels c on c.id = q.channel_id
  left join chat.members mb on mb.channel_id = q.channel_id and mb.user_id = q.user_id
  left join chat.messages r on r.id = q.thread_id and r.channel_id = q.channel_id and r.deleted_at is null
  where q.id = $1`

async function refusalOf(client: PoolClient, { messageId }: ModerationTarget): Promise<AppendRefusal | undefined> {
  const { rows } = await client.query<{ refusal: AppendRefusal | null }>(REFUSAL, [messageId])
  return rows[0]?.refusal ?? undefined
}

async function append(
  client: PoolClient,
  { target, row }: Placing,
): Promise<Result<readonly StreamAdvance[], CannotPost>> {
  const { channelId, messageId } = target
  const [outcome] = await appendWithEffects(client, [
    {
      id: messageId,
      channelId,
      userId: row.user_id,
      clientId: row.client_id ?? undefined,
      threadId: row.thread_id ?? undefined,
      content: row.content ?? '',
      membersOnly: row.members_only ?? false,
      mentionNames: row.mention_names ?? [],
      poll: row.poll ?? undefined,
    },
  ])
  if (outcome === undefined) throw new Error('a message that was appended has an outcome')
  if (outcome.kind === 'appended') return ok([channelAdvance(channelId, outcome.seq)])
  // The client_id is that of another message, so this one was not posted.
  const isTaken = outcome.kind === 'repeated' || outcome.kind === 'held_before'
  return err({ kind: 'cannot_post', why: isTaken ? 'conflict' : outcome.kind })
}

const NOW = `date_trunc('milliseconds', clock_timestamp())`

const PUT_BACK = `
  update chat.messages m
  set content = q.content, changed_seq = $2, deleted_at = null, pinned_at = q.pinned_at, pinned_by = q.pinned_by
  from chat.moderated_messages q
  where m.id = $1 and q.id = $1`

/** Its text goes where no reader of messages looks. Status and text are checked together, so both change in one statement. */
const KEEP_TEXT = `
  update chat.moderated_messages q
  set content = m.content, status = 'removed', pinned_at = m.pinned_at, pinned_by = m.pinned_by,
    mention_names = array(select name from chat.message_mentions where message_id = $1 order by position)
  from chat.messages m
  where q.id = $1 and m.id = $1`

const TAKE_OUT = `
  with mentions as (delete from chat.message_mentions where message_id = $1)
  update chat.messages set content = '', changed_seq = $2, deleted_at = ${NOW}, pinned_at = null, pinned_by = null where id = $1`

const TOUCH = 'update chat.messages set changed_seq = $2 where id = $1'

const STORE = `
  update chat.moderated_messages
  set status = $2, content = case when $3 then null else content end, has_place = has_place or $3,
    status_before = case when $4 then null else $5 end, decided_by = case when $4 then null else $6::uuid end,
    decided_at = case when $4 then null else ${NOW} end, reason = case when $4 then null else $7 end
  where id = $1`

async function store(client: PoolClient, target: ModerationTarget, step: ModerationStep): Promise<void> {
  const { request, from, to } = step
  const reason = request.kind === 'undo' ? null : request.reason
  const values = [target.messageId, to, stands(to), request.kind === 'undo', from, target.userId, reason]
  await client.query(STORE, values)
}

/**
 * What was decided long ago is let go, some at a time: the audit log keeps who decided. So is what stands, and has no decision since it was
 * undone.
 */
const PRUNE = `
  with decided as (
    select id from chat.moderated_messages where decided_at < now() - interval '30 days'
    order by decided_at limit 100 for update skip locked
  ),
  undone as (
    select id from chat.moderated_messages
    where status = 'visible' and decided_at is null and queued_at < now() - interval '30 days'
    order by queued_at limit 100 for update skip locked
  ),
  old as (
    delete from chat.moderated_messages where id in (select id from decided union all select id from undone)
    returning id, status
  ),
  places as (delete from chat.moderation_places p using old where p.message_id = old.id),
  reports as (delete from chat.message_reports r using old where r.message_id = old.id)
  select id from old where status = 'removed'`

async function prune(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ id: MessageId }>(PRUNE)
  await forgetMessages(
    client,
    rows.map(({ id }) => id),
  )
}

async function read(client: PoolClient, messageId: MessageId): Promise<StoredModeration> {
  const text = `select ${MODERATION_COLUMNS} from chat.moderated_messages q ${MODERATION_JOIN} where q.id = $1`
  const { rows } = await client.query<ModerationRow>(text, [messageId])
  if (rows[0] === undefined) throw new Error('a message that was moderated is gone')
  return toStoredModeration(rows[0])
}
