import { describe, expect, test } from 'vitest'
import type { TextStore } from './browser-store.ts'
import { Outbox, type Outgoing, type SendOutcome } from './outbox.ts'

const CHANNEL = '0197a5c0-0000-7000-8000-000000000001'
const OTHER = '0197a5c0-0000-7000-8000-000000000002'

function memoryStore(): TextStore & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>()
  return {
    texts,
    read: (key) => texts.get(key) ?? null,
    write: (key, value) => void (value === null ? texts.delete(key) : texts.set(key, value)),
    keys: (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix)),
  }
}

/** A connection whose answers the test gives. */
function connection() {
  const sent: Outgoing[] = []
  const answers: ((outcome: SendOutcome) => void)[] = []
  const send = (message: Outgoing): Promise<SendOutcome> => {
    sent.push(message)
    return new Promise((resolve) => answers.push(resolve))
  }
  const answer = async (index: number, outcome: SendOutcome): Promise<void> => {
    answers[index]?.(outcome)
    await Promise.resolve()
    await Promise.resolve()
  }
  return { sent, send, answer }
}

const SENT: SendOutcome = { kind: 'sent', receipt: { id: 'm', seq: 7, timestamp: '2026-11-20T09:30:00.000Z' } }
const contents = (messages: readonly Outgoing[]): string[] => messages.map((each) => each.content)

describe('Outbox', () => {
  test('sends in the order of writing, and lets go of what the server has', async () => {
    const { sent, send, answer } = connection()
    const store = memoryStore()
    const outbox = new Outbox('ana', send, store)
    outbox.add({ channelId: CHANNEL, content: 'one' })
    outbox.add({ channelId: OTHER, content: 'two' })
    outbox.add({ channelId: CHANNEL, content: 'three' })
    expect(contents(sent)).toEqual(['one', 'two', 'three'])
    expect(contents(outbox.ofChannel(CHANNEL))).toEqual(['one', 'three'])
    const told: [string, number][] = []
    outbox.onsent = (message, receipt) => told.push([message.content, receipt.seq])
    await answer(0, SENT)
    expect(contents(outbox.ofChannel(CHANNEL))).toEqual(['three'])
    expect(told).toEqual([['one', 7]])
    await answer(1, SENT)
    await answer(2, SENT)
    expect(store.texts.size).toBe(0)
  })

  test('a refused message stays with its reason; a retry is the same message', async () => {
    const { sent, send, answer } = connection()
    const outbox = new Outbox('ana', send, memoryStore())
    outbox.add({ channelId: CHANNEL, content: 'one' })
    await answer(0, { kind: 'refused', reason: 'Too many.', retryAfterMs: 5_000 })
    const [failed] = outbox.ofChannel(CHANNEL)
    expect(failed?.failed?.reason).toBe('Too many.')
    expect(failed?.failed?.retryAtMs).toBeGreaterThan(Date.now())
    if (failed) outbox.retry(failed.clientId)
    expect(outbox.ofChannel(CHANNEL)[0]?.failed).toBeUndefined()
    expect(sent[1]?.clientId).toBe(sent[0]?.clientId)
    await answer(1, SENT)
    expect(outbox.ofChannel(CHANNEL)).toEqual([])
  })

  test('a discarded message does not come back when its refusal arrives', async () => {
    const { sent, send, answer } = connection()
    const outbox = new Outbox('ana', send, memoryStore())
    outbox.add({ channelId: CHANNEL, content: 'one' })
    if (sent[0]) outbox.discard(sent[0].clientId)
    await answer(0, { kind: 'refused', reason: 'x' })
    expect(outbox.ofChannel(CHANNEL)).toEqual([])
  })

  test('what was not sent outlives the page, with its client_id; what failed waits for the person', async () => {
    const store = memoryStore()
    const first = connection()
    const before = new Outbox('ana', first.send, store)
    before.add({ channelId: CHANNEL, content: 'kept' })
    before.add({ channelId: CHANNEL, content: 'failed' })
    await first.answer(0, { kind: 'kept' })
    await first.answer(1, { kind: 'refused', reason: 'x' })

    const second = connection()
    const after = new Outbox('ana', second.send, store)
    after.resume()
    expect(contents(after.ofChannel(CHANNEL))).toEqual(['kept', 'failed'])
    expect(contents(second.sent)).toEqual(['kept'])
    expect(second.sent[0]?.clientId).toBe(first.sent[0]?.clientId)
  })

  test('each person has their own', () => {
    const store = memoryStore()
    new Outbox('ana', connection().send, store).add({ channelId: CHANNEL, content: 'of ana' })
    const other = connection()
    new Outbox('jo', other.send, store).resume()
    expect(other.sent).toEqual([])
  })

  test('two tabs of one person do not overwrite what the other one keeps', async () => {
    const store = memoryStore()
    const [left, right] = [connection(), connection()]
    const [leftOutbox, rightOutbox] = [new Outbox('ana', left.send, store), new Outbox('ana', right.send, store)]
    leftOutbox.add({ channelId: CHANNEL, content: 'of the left tab' })
    rightOutbox.add({ channelId: CHANNEL, content: 'of the right tab' })
    await right.answer(0, SENT)
    const third = connection()
    new Outbox('ana', third.send, store).resume()
    expect(contents(third.sent)).toEqual(['of the left tab'])
  })

  test.each(['', '{', '[{}]', '[null, 3]', '{"a":1}', 'null'])('what is kept as %j is no message', (text) => {
    const store = memoryStore()
    store.write('glasshouse:outbox:ana:x', text)
    const outbox = new Outbox('ana', connection().send, store)
    outbox.resume()
    expect(outbox.ofChannel(CHANNEL)).toEqual([])
  })

  test('is bounded: the text stays where it was typed', () => {
    const outbox = new Outbox('ana', connection().send, memoryStore())
    const taken = Array.from({ length: 501 }, () => outbox.add({ channelId: CHANNEL, content: 'x' }))
    expect(taken.filter(Boolean)).toHaveLength(500)
    expect(taken.at(-1)).toBe(false)
  })
})
