import type { MessageId } from '@glasshouse/kernel'
import type { PoolClient } from '@glasshouse/platform'

/** As a deletion does (postgres-message-changes.ts): all that belongs to a text goes with it. Place, author, time and `client_id` stay. */
const FORGET = `
  with reactions as (delete from chat.message_reactions where message_id = any($1)),
    edits as (delete from chat.message_edits where message_id = any($1)),
    mentions as (delete from chat.message_mentions where message_id = any($1)),
    saved as (delete from chat.saved_messages where message_id = any($1)),
    polls as (delete from chat.polls where message_id = any($1)),
    votes as (delete from chat.poll_votes where message_id = any($1))
  update chat.messages set content_hash = '', edited_at = null where id = any($1) and deleted_at is not null`

/** Of messages that a moderator has taken out: others see nothing of them already, so it is no change of their channel. */
export async function forgetMessages(client: PoolClient, ids: readonly MessageId[]): Promise<void> {
  if (ids.length > 0) await client.query(FORGET, [ids])
}
