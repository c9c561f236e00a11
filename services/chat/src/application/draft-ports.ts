import type { ChannelId, MessageId, Result, UserId } from '@glasshouse/kernel'
import type { DraftState } from '../domain/draft.ts'

/** Where somebody writes: in a channel, or in one of its threads, which is named by its root. */
export interface DraftPlace {
  readonly channelId: ChannelId
  readonly threadId: MessageId | undefined
}

export interface StoredDraft extends DraftPlace {
  /** Empty when there is none any more. */
  readonly content: string
  /** Its place in the person's own stream, and its version; 0 where there never was one. */
  readonly changedSeq: number
  readonly updatedAtMs: number
}

export interface DraftStore {
  /**
   * Decides under the lock of the head of the person's own stream, and stores the text at its next place. `others` counts the other
   * drafts that `list` would have. Undefined when the channel has no such thread.
   */
  put<Refusal>(
    userId: UserId,
    draft: DraftPlace & {
      readonly content: string
      readonly open: 'all' | ChannelId
      /** Drafts of this person that were emptied more places ago are let go, when this empties one. */
      readonly replayedMax: number
    },
    decide: (draft: DraftState, others: number) => Result<'changed' | 'unchanged', Refusal>,
  ): Promise<Result<{ readonly draft: StoredDraft; readonly changed: boolean }, Refusal> | undefined>
  /** Those that have text, in channels that the person is in and in those that are open to them: the newest first, of one moment. */
  list(
    userId: UserId,
    query: { readonly open: 'all' | ChannelId; readonly limit: number },
  ): Promise<{ readonly userHead: number; readonly drafts: readonly StoredDraft[] }>
}
