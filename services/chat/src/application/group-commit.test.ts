import {
  newId,
  ok,
  err,
  type ChannelId,
  type ClientId,
  type MessageId,
  type Result,
  type UserId,
} from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import { createGroupCommit } from './group-commit.ts'
import { CHAT_LIMITS, type AppendFault, type AppendOutcome, type ChatLimits, type MessageDraft } from './ports.ts'

/** A store whose commits end when the test says so, and as it says. */
class HeldStore {
  readonly calls: { readonly drafts: readonly MessageDraft[]; end(result: Result<null, AppendFault>): void }[] = []
  #arrived: (() => void) | undefined
  #seq = 0

  append(drafts: readonly MessageDraft[]): Promise<Result<readonly AppendOutcome[], AppendFault>> {
    return new Promise((resolve) => {
      const end = (result: Result<null, AppendFault>): void => resolve(result.ok ? ok(this.#store(drafts)) : result)
      this.calls.push({ drafts, end })
      this.#arrived?.()
    })
  }

  /** The call with this number, once it has come. */
  async call(number: number): Promise<HeldStore['calls'][number]> {
    for (;;) {
      const call = this.calls[number]
      if (call !== undefined) return call
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
  }

  #store(drafts: readonly MessageDraft[]): AppendOutcome[] {
    return drafts.map(({ id }) => ({
      kind: 'appended',
      id,
      seq: ++this.#seq,
      createdAtMs: 0,
      joinSeq: undefined,
      joinUserSeq: undefined,
    }))
  }
}

const channel = newId<ChannelId>()

function draft(content: string, more: Partial<MessageDraft> = {}): MessageDraft {
  return {
    id: newId<MessageId>(),
    channelId: channel,
    userId: newId<UserId>(),
    clientId: undefined,
    threadId: undefined,
    content,
    ...more,
  }
}

function setUp(limits: Partial<ChatLimits> = {}) {
  const store = new HeldStore()
  const announced: string[] = []
  const batchesEnded: number[] = []
  const groupCommit = createGroupCommit({
    messages: store,
    limits: { ...CHAT_LIMITS, ...limits },
    onOutcome: ({ content }) => announced.push(content),
    onBatchEnd: () => batchesEnded.push(store.calls.length),
    log: () => undefined,
  })
  return { store, announced, batchesEnded, groupCommit }
}

const unavailable = err({ kind: 'unavailable', cause: new Error('connection lost') } as const)
const rejected = err({ kind: 'rejected', cause: new Error('not with that one') } as const)
const stored = ok(null)
const contents = (drafts: readonly MessageDraft[]): string[] => drafts.map(({ content }) => content)

describe('group commit', () => {
  test('GC-1: what arrives during a commit goes together in the next one, in order', async () => {
    const { store, announced, groupCommit } = setUp()
    const first = groupCommit.submit(draft('1'))
    const commit = await store.call(0)
    const others = ['2', '3', '4'].map((content) => groupCommit.submit(draft(content)))
    commit.end(stored)
    expect(await first).toMatchObject({ ok: true, value: { kind: 'appended', seq: 1 } })
    const next = await store.call(1)
    expect(contents(next.drafts)).toEqual(['2', '3', '4'])
    next.end(stored)
    expect(await Promise.all(others)).toMatchObject([2, 3, 4].map((seq) => ({ ok: true, value: { seq } })))
    expect(announced).toEqual(['1', '2', '3', '4'])
  })

  test('GC-2: no answer and no announcement before the commit', async () => {
    const { store, announced, groupCommit } = setUp()
    let answered = false
    const answer = groupCommit.submit(draft('1')).finally(() => (answered = true))
    const commit = await store.call(0)
    expect([announced.length, answered]).toEqual([0, false])
    commit.end(stored)
    await answer
    expect(announced).toEqual(['1'])
  })

  test('GC-1: the same client_id waits for the batch that has it', async () => {
    const { store, groupCommit } = setUp()
    const clientId = newId<ClientId>()
    const answers = ['1', '2', '3'].map((content) =>
      groupCommit.submit(draft(content, content === '3' ? {} : { clientId })),
    )
    const first = await store.call(0)
    expect(contents(first.drafts)).toEqual(['1'])
    first.end(stored)
    const second = await store.call(1)
    expect(contents(second.drafts)).toEqual(['2', '3'])
    second.end(stored)
    expect(await Promise.all(answers)).toHaveLength(3)
  })

  test('GC-4: a refused batch is tried one by one, and only the one at fault fails', async () => {
    const { store, announced, groupCommit } = setUp()
    const answers = ['1', 'poison', '3'].map((content) => groupCommit.submit(draft(content)))
    ;(await store.call(0)).end(rejected)
    for (const [number, result] of [stored, rejected, stored].entries()) (await store.call(number + 1)).end(result)
    expect(await Promise.all(answers)).toMatchObject([
      { ok: true },
      { ok: false, error: { code: 'server.internal' } },
      { ok: true },
    ])
    expect(store.calls.map(({ drafts }) => contents(drafts))).toEqual([['1', 'poison', '3'], ['1'], ['poison'], ['3']])
    expect(announced).toEqual(['1', '3'])
  })

  test('GC-3: a lost connection is never a false answer: all are told to try again', async () => {
    const { store, announced, batchesEnded, groupCommit } = setUp()
    const answers = ['1', '2'].map((content) => groupCommit.submit(draft(content)))
    ;(await store.call(0)).end(unavailable)
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatchObject({ ok: false, error: { code: 'server.overloaded', retryAfterMs: 1_000 } })
    }
    expect(announced).toEqual([])
    expect(store.calls).toHaveLength(1)
    // The relay is to look: it may have been stored all the same.
    expect(batchesEnded).toEqual([1])
  })

  test('GC-3: a connection lost between the single tries: the rest is told to try again', async () => {
    const { store, groupCommit } = setUp()
    const answers = ['1', '2', '3'].map((content) => groupCommit.submit(draft(content)))
    for (const [number, result] of [rejected, stored, unavailable].entries()) (await store.call(number)).end(result)
    const overloaded = { ok: false, error: { code: 'server.overloaded' } }
    expect(await Promise.all(answers)).toMatchObject([{ ok: true }, overloaded, overloaded])
    expect(store.calls).toHaveLength(3)
  })

  test('GC-5: over the bounds of the queue a send is refused at once, and what was taken is kept', async () => {
    const { store, groupCommit } = setUp({ queueMessagesMax: 2 })
    const kept = [groupCommit.submit(draft('1')), groupCommit.submit(draft('2'))]
    expect(await groupCommit.submit(draft('3'))).toMatchObject({ ok: false, error: { code: 'server.overloaded' } })
    ;(await store.call(0)).end(stored)
    expect(await Promise.all(kept)).toMatchObject([{ ok: true }, { ok: true }])
    expect(groupCommit.held).toBe(0)

    const small = setUp({ queueBytesMax: 2_000 })
    void small.groupCommit.submit(draft('x'.repeat(600)))
    expect(await small.groupCommit.submit(draft('x'.repeat(600)))).toMatchObject({ ok: false })
    ;(await small.store.call(0)).end(stored)
  })

  test('GC-5: at most four batches at a time, one of them for each channel', async () => {
    const { store, groupCommit } = setUp({ batchMessagesMax: 1 })
    const channels = Array.from({ length: 6 }, () => newId<ChannelId>())
    const answers = [...channels, ...channels].map((channelId) => groupCommit.submit(draft('x', { channelId })))
    for (let number = 0; number < 12; number++) {
      const call = await store.call(number)
      expect(store.calls.length - number).toBeLessThanOrEqual(4)
      call.end(stored)
    }
    expect(await Promise.all(answers)).toHaveLength(12)
    expect(store.calls.slice(0, 6).map(({ drafts }) => drafts[0]?.channelId)).toEqual(channels)
  })

  test('GC-6: draining finishes what was taken and takes no more', async () => {
    const { store, groupCommit } = setUp()
    const answer = groupCommit.submit(draft('1'))
    let drained = false
    const drain = groupCommit.drain().then(() => (drained = true))
    expect(await groupCommit.submit(draft('2'))).toMatchObject({ ok: false, error: { code: 'server.restarting' } })
    const call = await store.call(0)
    expect(drained).toBe(false)
    call.end(stored)
    expect(await answer).toMatchObject({ ok: true })
    await drain
    await groupCommit.drain()
  })
})
