import type { TimelineMessage } from '@glasshouse/client'
import { may, type Channel, type User } from '@glasshouse/contracts'

/** What the page offers to do with a message. The server decides again. */
export interface MessageRights {
  readonly react: boolean
  readonly reply: boolean
  readonly pin: boolean
  readonly edit: boolean
  readonly delete: boolean
  /** Read what it said before. */
  readonly history: boolean
}

const NONE: MessageRights = { react: false, reply: false, pin: false, edit: false, delete: false, history: false }

/** Of a message that the server has: one on its way has no rights but those of the outbox. */
export function messageRights(message: TimelineMessage, user: User | null, channel: Channel): MessageRights {
  if (user === null) return NONE
  const reply = may(user.role, 'message.send_public')
  if (message.deleted) return { ...NONE, reply: reply && message.reply_count !== undefined }
  const own = message.user_id === user.id && may(user.role, 'message.change_own')
  const moderates = may(user.role, 'message.moderate_public') || channel.created_by === user.id
  return {
    react: may(user.role, 'message.react'),
    reply,
    pin: may(user.role, 'message.pin'),
    edit: own,
    delete: own || moderates,
    history: moderates && message.edited_at !== undefined,
  }
}
