import {
  failure,
  may,
  TYPING_REPEAT_MS,
  typingStream,
  placeOfTypingStream,
  type Caller,
  type Failure,
  type StreamName,
  type TypingFrame,
} from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import { TypingRates } from '../domain/typing-rates.ts'
import { requirePermission, requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { explainRestriction } from './explain-restriction.ts'

export interface TypingRequest {
  readonly channel_id: string
  readonly thread_id?: string
}

export type TypingListener = (typing: TypingFrame) => void

/** Who types where: told to those who watch, at most once, and kept nowhere. */
export class TypingAnnouncer {
  readonly #context: ChatContext
  readonly #rates: TypingRates
  readonly #listeners = new Set<TypingListener>()

  constructor(context: ChatContext) {
    this.#context = context
    const { typingPlacesPerUserMax: placesMax, typistsPerPlaceMax: typistsMax } = context.limits
    this.#rates = new TypingRates({ repeatMs: TYPING_REPEAT_MS, placesMax, typistsMax })
  }

  /** Asks whether the caller may see who types there. */
  async open(caller: Caller | undefined, stream: StreamName): Promise<Result<void, Failure>> {
    const place = placeOfTypingStream(stream)
    if (place === undefined) return err(failure('live.unknown_stream'))
    const standing = await requireRead(this.#context.ports, caller, place.channelId)
    if (standing.ok) return ok()
    return standing.error.code === 'not_found' ? err(failure('live.unknown_stream')) : standing
  }

  /** well formed -> permitted -> not told lately -> told. What was told lately, or is too much, is dropped without a word. */
  async announce(caller: Caller | undefined, request: TypingRequest): Promise<Result<void, Failure>> {
    const permitted = requirePermission(caller, 'message.send_member')
    if (!permitted.ok) return permitted
    const channelId = parseId<ChannelId>(request.channel_id)
    const threadId = request.thread_id === undefined ? undefined : parseId<MessageId>(request.thread_id)
    if (channelId === undefined || (request.thread_id !== undefined && threadId === undefined)) {
      return err(failure('not_found'))
    }
    const { userId } = permitted.value
    const stream = typingStream({ channelId, threadId })
    // Before the store is asked, so that nobody can make it work by typing.
    if (!this.#rates.take(userId, stream, this.#context.ports.clock.monotonicMs())) return ok()
    const standing = await requireRead(this.#context.ports, caller, channelId)
    if (!standing.ok) return standing
    const mayWrite = standing.value.role !== undefined || may(permitted.value.role, 'message.send_public')
    if (!mayWrite) return err(failure('permission.denied'))
    const { restricted: kind } = standing.value
    if (kind !== undefined) {
      return err(await explainRestriction(this.#context, { channelId, userId }, { kind, isSelf: true }))
    }
    const { username, displayName } = this.#context.names.cached(userId) ?? permitted.value
    const typing: TypingFrame = {
      type: 'typing',
      stream,
      channel_id: channelId,
      user_id: userId,
      username,
      display_name: displayName,
    }
    if (threadId !== undefined) typing.thread_id = threadId
    this.#tell(typing)
    return ok()
  }

  /** Returns how to stop. */
  onTyping(listener: TypingListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(typing: TypingFrame): void {
    for (const listener of this.#listeners) {
      try {
        listener(typing)
      } catch (error) {
        this.#context.ports.log(`a listener to typing failed: ${String(error)}`)
      }
    }
  }
}
