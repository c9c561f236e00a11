/** A message on its way to be stored or held, and what its sender is answered. */
import { failure, type Failure, type HeldMessage, type Message, type SendMessageRequest } from '@glasshouse/contracts'
import { isLobby } from '../domain/lobby.ts'
import type { ChatContext } from './context.ts'
import { explainRestriction } from './explain-restriction.ts'
import type { AppendRefusal, MessageDraft } from './ports.ts'
import type { ShownUser } from './user-names.ts'

export interface SendRequest extends SendMessageRequest {
  readonly channel_id: string
}

export interface SentMessage {
  /** The first answer, as it was then, when this is a repeat. */
  readonly message: Message | HeldMessage
  /** The client_id was known with the same content. */
  readonly repeated: boolean
}

/** A message on its way: its author's names are at hand, since the live change leaves at the moment of the commit. */
export interface Sending extends MessageDraft {
  readonly author: ShownUser
  /** Their role in the house lets them moderate any public channel. */
  readonly moderatesPublic: boolean
  /** Whose limits it counts in: the author's; of a visitor, those of their network address. */
  readonly countedAs: string
  /** By somebody who has not signed in, in the demo user's name. */
  readonly byVisitor: boolean
  /** Once it is stored. */
  message: Message | undefined
}

export async function refusedSend(
  context: Pick<ChatContext, 'ports'>,
  refusal: AppendRefusal,
  draft: Pick<MessageDraft, 'channelId' | 'userId'>,
): Promise<Failure> {
  switch (refusal) {
    case 'no_channel':
      return failure('not_found')
    case 'outside':
      // A guest reads the Lobby, and so may know that it is there.
      return failure(isLobby(draft.channelId) ? 'permission.denied' : 'not_found')
    case 'archived':
      return failure('channel.archived')
    case 'thread_not_found':
      return failure('message.thread_not_found', { path: 'thread_id' })
    case 'muted':
    case 'banned':
      return explainRestriction(context, draft, { kind: refusal, isSelf: true })
  }
}

export function rateKey({ channelId, countedAs }: Pick<Sending, 'channelId' | 'countedAs'>): string {
  return channelId + countedAs
}
