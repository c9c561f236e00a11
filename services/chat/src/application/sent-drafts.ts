import { ok, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import { REPLAYED_MAX } from './replayed-max.ts'
import { draftChanged } from './wire-own.ts'

/** More at once are left to the devices that sent them, which take their drafts away too. */
const UNDER_WAY_MAX = 64

interface SentText {
  readonly userId: UserId
  readonly channelId: ChannelId
  readonly threadId: MessageId | undefined
  readonly content: string
  /** Of the draft that it was written as. */
  readonly version: number
}

/**
 * What was sent is no draft any more, also when its sender has gone before they could say so. This is after the commit of the message, and
 * not in its transaction: a batch of many people's messages is one statement, and would have to lock the heads of their own streams.
 * Nobody waits for it.
 */
export class SentDrafts {
  readonly #context: ChatContext
  readonly #underWay = new Set<Promise<void>>()

  constructor(context: ChatContext) {
    this.#context = context
  }

  /** Empties the draft of that place when it is of this version, or this text: what was written since stays. */
  clear(sent: SentText): void {
    if (this.#underWay.size >= UNDER_WAY_MAX) return
    const clearing: Promise<void> = this.#clear(sent)
      .catch((error: unknown) => this.#context.ports.log(`the draft of a sent message stays: ${String(error)}`))
      .finally(() => this.#underWay.delete(clearing))
    this.#underWay.add(clearing)
  }

  async drain(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #clear({ userId, channelId, threadId, content, version }: SentText): Promise<void> {
    const { ports, listeners, pokeRelay } = this.#context
    const empty = { channelId, threadId, content: '', open: 'all', replayedMax: REPLAYED_MAX } as const
    const put = await ports.drafts.put(userId, empty, (draft) =>
      ok(draft.content !== '' && (draft.version === version || draft.content === content) ? 'changed' : 'unchanged'),
    )
    if (put?.ok !== true || !put.value.changed) return
    pokeRelay()
    listeners.change(draftChanged(userId, put.value.draft))
  }
}
