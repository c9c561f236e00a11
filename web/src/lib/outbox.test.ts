import { describe, expect, test } from 'vitest'
import type { TextStore } from './browser-store.ts'
import type { TabLocks } from './tab-locks.ts'
import { Outbox, type Outgoing, type SendOutcome } from './outbox.ts'

const CHANNEL = '0197a5c0-0000-7000-8000-000000000001'
const OTHER = '0197a5c0-0000-7000-8000-000000000002'

interface Computer {
  readonly texts: Map<string, string>
  readonly store: TextStore
  readonly locks: TabLocks
  /** The tab that has it is gone. */
  free(): void
}

/** What the tabs of one browser have in common. */
function memoryBrowser(): Computer {
  const texts = new Map<string, string>()
  const watchers = new Set<(key: string) => void>()
  const held = new Set<string>()
  const waits = new Map<string, (() => void)[]>()
  const letGo = (name: string): void => {
    held.delete(name)
    for (const run of waits.get(name)?.splice(0) ?? []) run()
  }
  const locks: TabLocks = {
    hold: (name) => {
      held.add(name)
      return () => letGo(name)
    },
    whenFree: (name, run) => {
      if (!held.has(name)) run()
      else waits.set(name, [...(waits.get(name) ?? []), run])
      return () => waits.set(name, waits.get(name)?.filter((each) => each !== run) ?? [])
    },
  }
  const store: TextStore = {
    read: (key) => texts.get(key) ?? null,
    write: (key, value) => {
      if (value === null) texts.delete(key)
      else texts.set(key, value)
      for (const told of watchers) told(key)
    },
    keys: (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix)),
    watch: (_prefix, onWritten) => {
      watchers.add(onWritten)
      return () => watchers.delete(onWritten)
    },
  }
  return { texts, store, locks, free: () => [...held].forEach(letGo) }
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
    const computer = memoryBrowser()
    const outbox = new Outbox('ana', send, computer)
    outbox.add({ channelId: CHANNEL, content: 'one' })
    outbox.add({ channelId: OTHER, content: 'two' })
    outbox.add({ channelId: CHANNEL, content: 'three' })
    expect(contents(sent)).toEqual(['one', 'two', 'three'])
    expect(contents(outbox.ofChannel(CHANNEL))).toEqual(['one', 'three'])
    const told: [string, number | null][] = []
    outbox.onsent = (message, receipt) => told.push([message.content, receipt.seq])
    await answer(0, SENT)
    expect(contents(outbox.ofChannel(CHANNEL))).toEqual(['three'])
    expect(told).toEqual([['one', 7]])
    await answer(1, SENT)
    await answer(2, SENT)
    expect(computer.texts.size).toBe(0)
  })

  test('a refused message stays with its reason; a retry is the same message', async () => {
    const { sent, send, answer } = connection()
    const outbox = new Outbox('ana', send, memoryBrowser())
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
    const outbox = new Outbox('ana', send, memoryBrowser())
    outbox.add({ channelId: CHANNEL, content: 'one' })
    if (sent[0]) outbox.discard(sent[0].clientId)
    await answer(0, { kind: 'refused', reason: 'x' })
    expect(outbox.ofChannel(CHANNEL)).toEqual([])
  })

  test('what was not sent outlives the page, with its client_id; what failed waits for the person', async () => {
    const computer = memoryBrowser()
    const first = connection()
    const before = new Outbox('ana', first.send, computer)
    before.add({ channelId: CHANNEL, content: 'kept' })
    before.add({ channelId: CHANNEL, content: 'failed' })
    await first.answer(0, { kind: 'kept' })
    await first.answer(1, { kind: 'refused', reason: 'x' })

    computer.free()
    const second = connection()
    const after = new Outbox('ana', second.send, computer)
    after.resume()
    expect(contents(after.ofChannel(CHANNEL))).toEqual(['kept', 'failed'])
    expect(contents(second.sent)).toEqual(['kept'])
    expect(second.sent[0]?.clientId).toBe(first.sent[0]?.clientId)
  })

  test('no other tab sends or shows what a tab has on its way; when that one is gone, one of them takes it up', async () => {
    const computer = memoryBrowser()
    const [writer, left, right] = [connection(), connection(), connection()]
    const [leftOutbox, rightOutbox] = [new Outbox('ana', left.send, computer), new Outbox('ana', right.send, computer)]
    leftOutbox.resume()
    const writing = new Outbox('ana', writer.send, computer)
    writing.add({ channelId: CHANNEL, content: 'one' })
    writing.add({ channelId: CHANNEL, content: 'two' })
    rightOutbox.resume()
    await writer.answer(0, SENT)
    expect([left.sent, right.sent, leftOutbox.ofChannel(CHANNEL)]).toEqual([[], [], []])
    computer.free()
    expect([...contents(left.sent), ...contents(right.sent)]).toEqual(['two'])
    expect([...left.sent, ...right.sent][0]?.clientId).toBe(writer.sent[1]?.clientId)
  })

  test('a page that is left leaves to others what is on its way', () => {
    const computer = memoryBrowser()
    const leaving = new Outbox('ana', connection().send, computer)
    const leave = leaving.resume()
    leaving.add({ channelId: CHANNEL, content: 'one' })
    const other = connection()
    new Outbox('ana', other.send, computer).resume()
    expect(other.sent).toEqual([])
    leave()
    expect(contents(other.sent)).toEqual(['one'])
  })

  test('each person has their own', () => {
    const computer = memoryBrowser()
    new Outbox('ana', connection().send, computer).add({ channelId: CHANNEL, content: 'of ana' })
    const other = connection()
    new Outbox('jo', other.send, computer).resume()
    expect(other.sent).toEqual([])
  })

  test('two tabs of one person do not overwrite what the other one keeps', async () => {
    const computer = memoryBrowser()
    const [left, right] = [connection(), connection()]
    const [leftOutbox, rightOutbox] = [new Outbox('ana', left.send, computer), new Outbox('ana', right.send, computer)]
    leftOutbox.add({ channelId: CHANNEL, content: 'of the left tab' })
    rightOutbox.add({ channelId: CHANNEL, content: 'of the right tab' })
    await right.answer(0, SENT)
    computer.free()
    const third = connection()
    new Outbox('ana', third.send, computer).resume()
    expect(contents(third.sent)).toEqual(['of the left tab'])
  })

  test.each(['', '{', '[{}]', '[null, 3]', '{"a":1}', 'null'])('what is kept as %j is no message', (text) => {
    const computer = memoryBrowser()
    computer.store.write('glasshouse:outbox:ana:x', text)
    const outbox = new Outbox('ana', connection().send, computer)
    outbox.resume()
    expect(outbox.ofChannel(CHANNEL)).toEqual([])
  })

  test('is bounded: the text stays where it was typed', () => {
    const outbox = new Outbox('ana', connection().send, memoryBrowser())
    const taken = Array.from({ length: 501 }, () => outbox.add({ channelId: CHANNEL, content: 'x' }))
    expect(taken.filter(Boolean)).toHaveLength(500)
    expect(taken.at(-1)).toBe(false)
  })
})
