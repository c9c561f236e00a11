import { typingStream, type Caller, type TypingFrame } from '@glasshouse/contracts'
import { newId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { describe, expect, it } from 'vitest'
import type { TypingSource } from './ports.ts'

export interface TypingSourceUnderTest {
  readonly source: TypingSource
  /** May read and write in `channelId`. */
  readonly caller: Caller
  readonly channelId: ChannelId
  /** May not be seen by the caller, or is not there. */
  readonly hiddenId: ChannelId
  readonly close: () => Promise<void>
}

/** What the live hub relies on; run by every adapter of the port. */
export function typingSourceContract(name: string, make: () => Promise<TypingSourceUnderTest>): void {
  const using = async (
    test: (at: TypingSourceUnderTest & { heard: TypingFrame[] }) => Promise<void>,
  ): Promise<void> => {
    const at = await make()
    const heard: TypingFrame[] = []
    const stop = at.source.onTyping((typing) => heard.push(typing))
    try {
      await test({ ...at, heard })
    } finally {
      stop()
      await at.close()
    }
  }

  describe(`${name} is a source of typing`, () => {
    it('M1 opens the stream of a channel and of its threads, and of nothing that the caller may not see', () =>
      using(async ({ source, caller, channelId, hiddenId }) => {
        const threadId = newId<MessageId>()
        expect(await source.open(caller, typingStream({ channelId, threadId: undefined }))).toEqual({ ok: true })
        expect(await source.open(caller, typingStream({ channelId, threadId }))).toEqual({ ok: true })
        const hidden = await source.open(caller, typingStream({ channelId: hiddenId, threadId: undefined }))
        expect(hidden).toMatchObject({ ok: false, error: { code: 'live.unknown_stream' } })
      }))

    it('M2 tells where somebody types, with their names; refuses where they may not', () =>
      using(async ({ source, caller, channelId, hiddenId, heard }) => {
        const threadId = newId<MessageId>()
        const who = { user_id: caller.userId, username: caller.username, display_name: caller.displayName }
        expect(await source.announce(caller, { channel_id: channelId })).toEqual({ ok: true })
        expect(await source.announce(caller, { channel_id: channelId, thread_id: threadId })).toEqual({ ok: true })
        const refused = await source.announce(caller, { channel_id: hiddenId })
        expect(refused).toMatchObject({ ok: false, error: { code: 'not_found' } })
        expect(heard).toEqual([
          { type: 'typing', stream: typingStream({ channelId, threadId: undefined }), channel_id: channelId, ...who },
          {
            type: 'typing',
            stream: typingStream({ channelId, threadId }),
            channel_id: channelId,
            thread_id: threadId,
            ...who,
          },
        ])
      }))
  })
}
