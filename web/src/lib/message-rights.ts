import type { TimelineMessage } from '@glasshouse/client'
import { may, type Channel, type User } from '@glasshouse/contracts'

/** What the page offers to do with a message. The server decides again. */
export interface MessageRights {
  readonly react: boolean
  readonly vote: boolean
  readonly reply: boolean
  readonly pin: boolean
  readonly edit: boolean
  /** Keep it for oneself. */
  readonly save: boolean
  readonly delete: boolean
  /** Tell the moderators of it; in a conversation, which has none, the administrators. */
  readonly report: boolean
  /** Take it out of the channel, with a reason that its author reads. */
  readonly remove: boolean
  /** Read what it said before. */
  readonly history: boolean
}

const NONE: MessageRights = {
  react: false,
  vote: false,
  reply: false,
  pin: false,
  edit: false,
  save: false,
  delete: false,
  report: false,
  remove: false,
  history: false,
}

/** Of who is muted or banned: they read, keep, and delete what they may delete. */
export const WITHOUT_A_WORD = { react: false, vote: false, reply: false, pin: false, edit: false }

/** Of a message that the server has: one on its way has no rights but those of the outbox. */
export function messageRights(message: TimelineMessage, user: User | null, channel: Channel): MessageRights {
  if (user === null) return NONE
  const save = may(user.role, 'message.keep') && !message.deleted
  const moderates = mayModerate(user, channel)
  const isOwn = message.user_id === user.id
  // Who moderates removes what others would report.
  const report = may(user.role, 'message.report') && !isOwn && !moderates && !message.deleted
  if (!mayWrite(user, channel)) return { ...NONE, save, report }
  if (message.deleted) return { ...NONE, reply: message.reply_count !== undefined }
  const own = isOwn && may(user.role, 'message.change_own')
  return {
    react: may(user.role, 'message.react'),
    vote: may(user.role, 'message.vote'),
    reply: true,
    pin: may(user.role, 'message.pin'),
    edit: own,
    save,
    delete: own || moderates,
    report,
    remove: moderates && !isOwn,
    history: moderates && message.edited_at !== undefined,
  }
}

/** Members do; in public channels so do those who are not guests. */
function mayWrite(user: User, { type, role }: Channel): boolean {
  return role === null
    ? type === 'public' && may(user.role, 'message.send_public')
    : may(user.role, 'message.send_member')
}

function mayModerate(user: User, { type, role }: Channel): boolean {
  return role === 'owner' || role === 'moderator' || (type === 'public' && may(user.role, 'message.moderate_public'))
}
