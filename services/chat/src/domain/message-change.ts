/** What may become of a message that is there: decided here, under the lock of its channel, from what the store knows at that moment. */
import { err, ok, type MessageId, type Result, type UserId } from '@glasshouse/kernel'
import type { ChannelType } from './channel-access.ts'
import type { Emoji } from './emoji.ts'
import type { ChannelRole } from './membership.ts'
import type { MessageContent } from './message-content.ts'
import { decideVote, type PollState, type Vote, type VoteFault } from './poll.ts'

/** Different emoji on one message; how many people use each is not bounded. */
export const REACTION_KINDS_MAX = 20
/** Pinned messages of one channel. */
export const PINS_MAX = 100

export type ChangeRequest =
  | {
      readonly kind: 'edit'
      readonly content: MessageContent
      /** In lower case, each once. */
      readonly mentionNames: readonly string[]
    }
  | { readonly kind: 'delete' }
  | { readonly kind: 'react'; readonly emoji: Emoji }
  /** Any text: what is there may be older than the rule for what may be added. */
  | { readonly kind: 'unreact'; readonly emoji: string }
  | (Vote & { readonly kind: 'vote' })
  | { readonly kind: 'pin' }
  | { readonly kind: 'unpin' }

export interface MessageState {
  readonly authorId: UserId
  readonly content: string
  /** The root, when it is a reply. */
  readonly threadId: MessageId | null
  readonly deleted: boolean
  readonly pinned: boolean
  readonly poll: PollState | undefined
  readonly reactions: readonly { readonly emoji: string; readonly mine: boolean }[]
  readonly channel: {
    readonly type: ChannelType
    readonly archived: boolean
    /** What who asks is in it; undefined for no member. */
    readonly role: ChannelRole | undefined
    /** What keeps who asks from writing here just now. */
    readonly restricted: 'muted' | 'banned' | undefined
    readonly pinCount: number
  }
}

/** Who asks for the change. */
export interface Changer {
  readonly userId: UserId
  /** Their role in the house lets them moderate any public channel. */
  readonly moderatesPublic: boolean
  /** It lets them write in public channels without being members. */
  readonly writesPublic: boolean
}

/** `outside`: only members change anything here, and who asks is none. */
export type ChangeRefusal =
  | 'not_found'
  | 'outside'
  | 'not_author'
  | 'archived'
  | 'muted'
  | 'banned'
  | 'too_many_reactions'
  | 'too_many_pins'
  | VoteFault

/** The request itself, or that nothing would change by it: then it takes no place in the stream. */
export type ChangeDecision = Result<ChangeRequest | 'unchanged', ChangeRefusal>

export function moderates(
  by: Pick<Changer, 'moderatesPublic'>,
  { type, role }: Pick<MessageState['channel'], 'type' | 'role'>,
): boolean {
  return role === 'owner' || role === 'moderator' || (type === 'public' && by.moderatesPublic)
}

function isOutside(by: Changer, { type, role }: MessageState['channel']): boolean {
  return role === undefined && !(type === 'public' && by.writesPublic)
}

/** In an archived channel, and for who is muted or banned, there are only deletions: a text that must go can always go. */
export function decideChange(state: MessageState | undefined, request: ChangeRequest, by: Changer): ChangeDecision {
  if (state === undefined) return err('not_found')
  if (isOutside(by, state.channel)) return err('outside')
  if (request.kind === 'delete') return decideDelete(state, by)
  if (state.deleted) return err('not_found')
  if (state.channel.archived) return err('archived')
  if (state.channel.restricted !== undefined) return err(state.channel.restricted)
  switch (request.kind) {
    case 'edit':
      if (state.authorId !== by.userId) return err('not_author')
      return ok(state.content === request.content ? 'unchanged' : request)
    case 'react': {
      const known = state.reactions.find(({ emoji }) => emoji === request.emoji)
      if (known === undefined && state.reactions.length >= REACTION_KINDS_MAX) return err('too_many_reactions')
      return ok(known?.mine === true ? 'unchanged' : request)
    }
    case 'unreact':
      return ok(state.reactions.some(({ emoji, mine }) => mine && emoji === request.emoji) ? request : 'unchanged')
    case 'vote': {
      const changes = decideVote(state.poll, request)
      if (!changes.ok) return changes
      return ok(changes.value ? request : 'unchanged')
    }
    case 'pin':
      if (state.pinned) return ok('unchanged')
      return state.channel.pinCount >= PINS_MAX ? err('too_many_pins') : ok(request)
    case 'unpin':
      return ok(state.pinned ? request : 'unchanged')
  }
}

/** Deleting once more is no fault: the first answer may have been lost. */
function decideDelete(state: MessageState, by: Changer): ChangeDecision {
  if (state.authorId !== by.userId && !moderates(by, state.channel)) return err('not_author')
  return ok(state.deleted ? 'unchanged' : { kind: 'delete' })
}
