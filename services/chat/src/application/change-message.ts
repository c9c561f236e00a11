import { failure, may, type Caller, type Failure, type Message, type Permission } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import { isLobby } from '../domain/lobby.ts'
import {
  decideChange,
  moderates,
  PINS_MAX,
  REACTION_KINDS_MAX,
  type Changer,
  type ChangeRefusal,
  type ChangeRequest,
} from '../domain/message-change.ts'
import { rulesBroken } from '../domain/moderation-rules.ts'
import { requirePermission, requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { explainRestriction } from './explain-restriction.ts'
import type { StoredMessage } from './ports.ts'
import { messageChanged, reactionChanged, toMessage, usersOf, type NameOf } from './wire.ts'

export interface MessagePath {
  readonly channelId: ChannelId
  readonly messageId: MessageId
}

/**
 * permitted -> within the rate limit -> decided and stored under the channel's lock -> announced -> answered
 *
 * The one way of all changes of messages. Each is idempotent: what is so already takes no place in the stream, and is answered as if it
 * had just been done. Every attempt counts for the rate limit, since a refused one costs a lock as well.
 */
export class MessageChanger {
  readonly #context: ChatContext

  constructor(context: ChatContext) {
    this.#context = context
  }

  /** Answers with the message as it is now. */
  async change(
    caller: Caller | undefined,
    path: MessagePath,
    asked: { readonly permission: Extract<Permission, `message.${string}`>; readonly request: ChangeRequest },
  ): Promise<Result<Message, Failure>> {
    const { ports, names, rules, pokeRelay } = this.#context
    const readable = await requireRead(ports, caller, path.channelId)
    if (!readable.ok) return readable
    const permitted = requirePermission(caller, asked.permission)
    if (!permitted.ok) return permitted
    const within = this.#context.changeRates.count(permitted.value)
    if (!within.ok) return within

    const { userId } = permitted.value
    const by = changerOf(permitted.value)
    const { heldWords } = asked.request.kind === 'edit' ? await rules.of(path.channelId) : NOTHING_HELD
    const changed = await ports.messageChanges.change({ ...path, userId }, (state) => {
      const decided = decideChange(state, asked.request, by)
      if (heldWords === undefined || state === undefined || !decided.ok || decided.value === 'unchanged') return decided
      // What would wait for a moderator as a new message must not come in by an edit. Moderators would decide about it themselves.
      const { value } = decided
      if (moderates(by, state.channel)) return decided
      return value.kind === 'edit' && rulesBroken([value.content], heldWords).length > 0 ? WOULD_BE_HELD : decided
    })
    if (!changed.ok) {
      const kind = changed.error
      if (kind !== 'muted' && kind !== 'banned') return err(toFailure(kind, path.channelId))
      return err(await explainRestriction(this.#context, { ...path, userId }, { kind, isSelf: true }))
    }
    const { message, changes } = changed.value
    const nameOf = await names.find(usersOf([message, ...changes]))
    this.#announce(changes, asked.request, nameOf)
    if (changes.length > 0) pokeRelay()
    return ok(toMessage(message, nameOf))
  }

  #announce(changes: readonly StoredMessage[], request: ChangeRequest, nameOf: NameOf): void {
    const { listeners } = this.#context
    if (!listeners.wantsChanges) return
    const reacted = request.kind === 'react' || request.kind === 'unreact'
    for (const message of changes) {
      listeners.change(reacted ? reactionChanged(message, nameOf) : messageChanged(message, nameOf))
    }
  }
}

const NOTHING_HELD = { heldWords: undefined }
const WOULD_BE_HELD = err('would_be_held' as const)

/** What the house's table lets them do in public channels, whatever they are there. */
export function changerOf({ userId, role }: Caller): Changer {
  return {
    userId,
    moderatesPublic: may(role, 'message.moderate_public'),
    writesPublic: may(role, 'message.send_public'),
  }
}

function toFailure(
  refusal: Exclude<ChangeRefusal, 'muted' | 'banned'> | 'would_be_held',
  channelId: ChannelId,
): Failure {
  switch (refusal) {
    case 'not_found':
    case 'no_poll':
      return failure('not_found')
    case 'outside':
      // A guest reads the Lobby, and so may know that it is there.
      return failure(isLobby(channelId) ? 'permission.denied' : 'not_found')
    case 'not_author':
      return failure('permission.denied', { message: 'This message was written by somebody else.' })
    case 'poll_ended':
      return failure('poll.ended')
    case 'no_such_option':
      return failure('request.invalid', { path: 'options', message: 'options: is not one of this poll.' })
    case 'one_option_only':
      return failure('request.invalid', { path: 'options', message: 'options: this poll takes one.' })
    case 'archived':
      return failure('channel.archived')
    case 'would_be_held':
      return failure('message.would_be_held', { path: 'content' })
    case 'too_many_reactions': {
      const message = `A message has at most ${REACTION_KINDS_MAX} different reactions. Use one that is there.`
      return failure('message.too_many_reactions', { message })
    }
    case 'too_many_pins':
      return failure('channel.too_many_pins', { message: `A channel has at most ${PINS_MAX} pins. Unpin one first.` })
  }
}
