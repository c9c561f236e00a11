import {
  failure,
  typingStream,
  type Caller,
  type Failure,
  type StreamName,
  type TypingFrame,
} from '@glasshouse/contracts'
import { err, ok, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import type { TypingCommand, TypingSource } from '../application/ports.ts'

/** Typing in places of memory: everybody may write and look, but for where `mayOpen` says no. */
export class MemoryTypingSource implements TypingSource {
  readonly #listeners = new Set<(typing: TypingFrame) => void>()
  readonly #mayOpen: (caller: Caller | undefined, stream: StreamName) => boolean

  constructor(mayOpen: (caller: Caller | undefined, stream: StreamName) => boolean = () => true) {
    this.#mayOpen = mayOpen
  }

  open(caller: Caller | undefined, stream: StreamName): Promise<Result<void, Failure>> {
    return Promise.resolve(this.#mayOpen(caller, stream) ? ok() : err(failure('live.unknown_stream')))
  }

  announce(caller: Caller, request: TypingCommand): Promise<Result<void, Failure>> {
    const threadId = request.thread_id as MessageId | undefined
    const stream = typingStream({ channelId: request.channel_id as ChannelId, threadId })
    if (!this.#mayOpen(caller, stream)) return Promise.resolve(err(failure('not_found')))
    const { userId: user_id, username, displayName: display_name } = caller
    const typing: TypingFrame = { type: 'typing', stream, ...request, user_id, username, display_name }
    for (const listener of this.#listeners) listener(typing)
    return Promise.resolve(ok())
  }

  onTyping(listener: (typing: TypingFrame) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
