import { err, ok, type Result, type UserId } from '@glasshouse/kernel'

/** People in a conversation, whoever begins it included. For more there are channels with a name. */
export const CONVERSATION_PEOPLE_MAX = 9

/** The people of a direct or a group channel, sorted by id: there is one conversation for each set of people. */
export interface Conversation {
  readonly type: 'direct' | 'group'
  readonly people: readonly UserId[]
}

export type ConversationFault =
  | { readonly kind: 'direct_is_two' }
  | { readonly kind: 'group_is_more' }
  | { readonly kind: 'too_many'; readonly peopleMax: number }

/** Whom `from` wants to talk with, themselves left out or not. Direct with nobody else is a place for one's own notes. */
export function parseConversation(
  type: Conversation['type'],
  from: UserId,
  members: readonly UserId[],
): Result<Conversation, ConversationFault> {
  const people = [...new Set([from, ...members])].toSorted()
  if (type === 'direct' && people.length > 2) return err({ kind: 'direct_is_two' })
  if (type === 'group' && people.length < 3) return err({ kind: 'group_is_more' })
  if (people.length > CONVERSATION_PEOPLE_MAX) return err({ kind: 'too_many', peopleMax: CONVERSATION_PEOPLE_MAX })
  return ok({ type, people })
}

export function explainConversationFault(fault: ConversationFault): string {
  switch (fault.kind) {
    case 'direct_is_two':
      return 'A direct channel is between two people: name one, or nobody for a place of your own.'
    case 'group_is_more':
      return 'A group channel is between three people or more: name two at least.'
    case 'too_many':
      return `A group channel has at most ${fault.peopleMax} people: make a private channel for more.`
  }
}
