import { channelStream, type ChangeFrame } from '@glasshouse/contracts'
import { newId, systemClock, type ChannelId } from '@glasshouse/kernel'
import { expect, it } from 'vitest'
import { eventually, newMessage, silentLog } from '../adapters/gateway-fixture.ts'
import { MemoryStreamSource } from '../adapters/memory-stream-source.ts'
import { LIVE_LIMITS } from '../domain/live-limits.ts'
import { encodeLine } from './line-encoding.ts'
import type { ChangePage } from './ports.ts'
import { ChangeReader } from './read-changes.ts'

const stream = channelStream(newId<ChannelId>())

/** A store whose pages come when the test says so. */
class HeldSource extends MemoryStreamSource {
  readonly #asked: ((page: ChangePage) => void)[] = []

  override changes(): Promise<ChangePage> {
    return new Promise((answer) => this.#asked.push(answer))
  }

  async answer(page: ChangePage): Promise<void> {
    await eventually(() => this.#asked.length === 1, 'a page is asked for')
    this.#asked.shift()?.(page)
  }
}

function setUp(): { source: HeldSource; reader: ChangeReader } {
  const source = new HeldSource()
  return {
    source,
    reader: new ChangeReader({ source, encode: encodeLine, log: silentLog, clock: systemClock }, LIVE_LIMITS),
  }
}

const text = newMessage(stream, 'to be removed')(1)
const removal: ChangeFrame = { ...newMessage(stream, '')(1), type: 'message_deleted', changed_seq: 2 } as ChangeFrame

function textsFrom(reader: ChangeReader, after: number): string {
  const recent = reader.recent(stream, after)
  return (recent?.changes ?? []).map(({ encoded }) => Buffer.from(encoded.bytesFor('web_socket')).toString()).join()
}

it('A4: what was removed while it was read is not kept for others', async () => {
  const { source, reader } = setUp()
  const read = reader.read(stream, 0, 100)
  reader.forgetBefore(stream, 2)
  await source.answer({ changes: [text], through: 1, head: 1 })
  await read
  expect(textsFrom(reader, 0)).toBe('')
})

it('A4: what a later read says is removed is handed out no more', async () => {
  const { source, reader } = setUp()
  const first = reader.read(stream, 0, 100)
  await source.answer({ changes: [text], through: 1, head: 1 })
  await first
  expect(textsFrom(reader, 0)).toContain('to be removed')
  const second = reader.read(stream, 1, 100)
  await source.answer({ changes: [removal], through: 2, head: 2 })
  await second
  expect(textsFrom(reader, 0)).toBe('')
  expect(textsFrom(reader, 1)).toContain('message_deleted')
})
