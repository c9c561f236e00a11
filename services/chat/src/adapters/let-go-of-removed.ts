import type { UserId } from '@glasshouse/kernel'
import { transaction, type Pool } from '@glasshouse/platform'
import type { ModerationTarget, StreamAdvance } from '../application/ports.ts'
import { forgetMessages } from './forget-messages.ts'
import { lockModerationHeads, tellModeration } from './moderation-rows.ts'
import { lockHead } from './write-memberships.ts'

const REMOVED = `
  select 1 from chat.moderated_messages
  where id = $1 and channel_id = $2 and user_id = $3 and status = 'removed' and let_go_at is null`

/** The row stays, so that whoever was told of the message is told of this; there is nothing left that undoing could bring back. */
const LET_GO = `
  update chat.moderated_messages set
    content = '', content_hash = null, poll = null, mention_names = '{}', status_before = null, pinned_at = null, pinned_by = null,
    let_go_at = date_trunc('milliseconds', clock_timestamp())
  where id = $1 and channel_id = $2 and user_id = $3 and status = 'removed' and let_go_at is null`

/** Under the lock of the channel's head, as decisions are. Undefined when nothing of theirs is removed under this id. */
export async function letGoOfRemoved(
  pool: Pool,
  { channelId, messageId, userId }: ModerationTarget,
): Promise<{ readonly advances: readonly StreamAdvance[] } | undefined> {
  const values: readonly [string, string, UserId] = [messageId, channelId, userId]
  // Nearly always there is none, and then nothing is locked.
  if ((await pool.query(REMOVED, [...values])).rowCount === 0) return undefined
  return transaction(pool, async (client) => {
    await lockHead(client, channelId)
    if ((await client.query(LET_GO, [...values])).rowCount === 0) return undefined
    await lockModerationHeads(client, { channelId, authorId: userId, threadId: null, names: [] })
    await forgetMessages(client, [messageId])
    return { advances: await tellModeration(client, { channelId, messageId, authorId: userId }) }
  })
}
