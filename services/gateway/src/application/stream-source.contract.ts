import type { Caller, ChangeFrame, StreamName } from '@glasshouse/contracts'
import { describe, expect, it } from 'vitest'
import type { StreamSource } from './ports.ts'

/** What a suite needs of an adapter: a source with one stream that can be changed. */
export interface StreamSourceUnderTest {
  readonly source: StreamSource
  readonly stream: StreamName
  /** May watch `stream`. */
  readonly caller: Caller
  /** A stream's name that is well formed and names nothing. */
  readonly unknownStream: StreamName
  /** Adds a thing to the stream; resolves when it is committed. */
  readonly add: (content: string) => Promise<void>
  /** Changes a thing that `add` added, the first one; resolves when it is committed. Left out by sources without such changes so far. */
  readonly changeFirst?: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What the live hub relies on; run by every adapter of the port. */
export function streamSourceContract(name: string, make: () => Promise<StreamSourceUnderTest>): void {
  const using = async (test: (at: StreamSourceUnderTest) => Promise<void>): Promise<void> => {
    const at = await make()
    try {
      await test(at)
    } finally {
      await at.close()
    }
  }

  describe(`${name} is a source of streams`, () => {
    it('L7 opens a stream with its head, and refuses one that is not there', () =>
      using(async ({ source, stream, caller, unknownStream, add }) => {
        const before = await headOf(source, caller, stream)
        await add('one')
        expect(await headOf(source, caller, stream)).toBeGreaterThan(before)
        const [refused] = await source.openMany([{ caller, stream: unknownStream }])
        expect(refused?.ok === false && refused.error.code).toBe('live.unknown_stream')
      }))

    it('L7 answers each of many requests for itself, in their order', () =>
      using(async ({ source, stream, caller, unknownStream }) => {
        const head = await headOf(source, caller, stream)
        const requests = [stream, unknownStream, stream].map((each) => ({ caller, stream: each }))
        const answers = await source.openMany([...requests, { caller: undefined, stream: unknownStream }])
        expect(answers.map((each) => (each.ok ? each.value.head : 'refused'))).toEqual([
          head,
          'refused',
          head,
          'refused',
        ])
        expect(await source.openMany([])).toEqual([])
      }))

    it('L9 answers `changes` in order, complete up to `through`, in pages of at most `limit`', () =>
      using(async ({ source, stream, caller, add }) => {
        const start = await headOf(source, caller, stream)
        for (let index = 0; index < 7; index++) await add(`m${index}`)
        const head = await headOf(source, caller, stream)
        const all: ChangeFrame[] = []
        let after = start
        while (after < head) {
          const page = await source.changes(stream, after, 3)
          expect(page.changes.length).toBeLessThanOrEqual(3)
          expect(page.through).toBeGreaterThan(after)
          expect(page.head).toBe(head)
          for (const change of page.changes) {
            expect(change.changed_seq).toBeGreaterThan(all.at(-1)?.changed_seq ?? start)
            expect(change.changed_seq).toBeLessThanOrEqual(page.through)
            expect(change.stream).toBe(stream)
            all.push(change)
          }
          after = page.through
        }
        expect(all.flatMap((change) => (change.type === 'new_message' ? [change.content] : []))).toEqual(
          Array.from({ length: 7 }, (_, index) => `m${index}`),
        )
      }))

    it('L9 answers at the head with nothing, through the head', () =>
      using(async ({ source, stream, caller, add }) => {
        await add('one')
        const head = await headOf(source, caller, stream)
        expect(await source.changes(stream, head, 10)).toEqual({ changes: [], through: head, head })
      }))

    it('L9 shows each thing once, at its last change', () =>
      using(async ({ source, stream, caller, add, changeFirst }) => {
        const start = await headOf(source, caller, stream)
        await add('one')
        await add('two')
        await changeFirst?.()
        const { changes, head } = await source.changes(stream, start, 100)
        const messages = changes.filter((change) => 'id' in change)
        expect(new Set(messages.map((change) => change.id)).size).toBe(messages.length)
        expect(messages.at(-1)?.changed_seq).toBe(head)
        expect(messages.at(-1)?.type === 'new_message').toBe(changeFirst === undefined)
      }))

    it('L14 announces each change after its commit, densely and in order, equal to what `changes` shows', () =>
      using(async ({ source, stream, caller, add }) => {
        const start = await headOf(source, caller, stream)
        const heard: ChangeFrame[] = []
        const stop = source.onChange((change) => {
          if (change.stream === stream) heard.push(change)
        })
        await Promise.all(Array.from({ length: 20 }, (_, index) => add(`m${index}`)))
        const head = await headOf(source, caller, stream)
        await until(() => heard.length >= head - start)
        stop()
        expect(heard.map((change) => change.changed_seq)).toEqual(
          Array.from({ length: head - start }, (_, index) => start + index + 1),
        )
        const { changes } = await source.changes(stream, start, 500)
        const latest = new Map(heard.map((change) => [change.changed_seq, change]))
        for (const change of changes) expect(latest.get(change.changed_seq)).toEqual(change)

        await add('after the listener left')
        expect(heard).toHaveLength(head - start)
      }))

    it('L14 tells at least once that a stream has advanced, never beyond what can be read', () =>
      using(async ({ source, stream, caller, add }) => {
        const told: number[] = []
        const stop = source.onStreamAdvanced((advanced, head) => {
          if (advanced === stream) told.push(head)
        })
        await add('one')
        const head = await headOf(source, caller, stream)
        await until(() => told.some((each) => each >= head))
        stop()
        const { head: readable } = await source.changes(stream, 0, 1)
        for (const each of told) expect(each).toBeLessThanOrEqual(readable)
      }))
  })
}

async function headOf(source: StreamSource, caller: Caller, stream: StreamName): Promise<number> {
  const [opened] = await source.openMany([{ caller, stream }])
  if (opened?.ok !== true) throw new Error(`the stream of the test cannot be opened: ${opened?.error.code}`)
  return opened.value.head
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('waited in vain for what was announced')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
