/** A message as a view holds it, and what the changes of its stream make of it. */
import type { ChangeFrame, Message, Reaction } from '@glasshouse/contracts'

/** A message as a view shows it. A deleted one keeps its place and its author, and loses its content. */
export type TimelineMessage = Message

export type MessageChange = Extract<
  ChangeFrame,
  { type: 'new_message' | 'message_updated' | 'message_deleted' | 'reaction_changed' }
>

export function isMessageChange(change: ChangeFrame): change is MessageChange {
  switch (change.type) {
    case 'new_message':
    case 'message_updated':
    case 'message_deleted':
    case 'reaction_changed':
      return true
    default:
      return false
  }
}

/** What a deletion leaves, as a fresh read of a deleted root has it. */
export function tombstone(change: Extract<MessageChange, { type: 'message_deleted' }>): TimelineMessage {
  const { type: _type, ...left } = change
  return { ...left, content: '', status: 'visible', deleted: true }
}

export function withReactions(
  message: TimelineMessage,
  { reactions, changedSeq }: { readonly reactions: readonly Reaction[]; readonly changedSeq: number },
): TimelineMessage {
  const { reactions: _before, ...rest } = message
  return { ...rest, changed_seq: changedSeq, ...(reactions.length === 0 ? {} : { reactions: [...reactions] }) }
}

export function bySeq(a: TimelineMessage, b: TimelineMessage): number {
  return a.seq - b.seq
}
