import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PlaceReader } from './place-reader.ts'

const place = (readSeq: number, unread: number[], mark: { seq: number; at: number } | null = null) => {
  return { read_seq: readSeq, unread, mark }
}

let told: { readonly seq: number; readonly unmark: number | undefined }[] = []
let news: (readonly [number, number])[] = []
let takes = true

function reader(newFrom?: number, mark: { seq: number; at: number } | null = null): PlaceReader {
  const tell = async (read: (typeof told)[number]): Promise<boolean> => {
    told.push(read)
    return takes
  }
  const onnew = (from: number, count: number): void => void news.push([from, count])
  return new PlaceReader({ channelId: 'c', mark, onnew, tell }, newFrom)
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  told = []
  news = []
  takes = true
})
afterEach(() => {
  vi.useRealTimers()
})

test('what somebody looks at is read, once; what nobody looks at is not', async () => {
  const reading = reader(4)
  reading.look({ place: place(3, [4]), reading: false, lastSeq: 4 })
  expect(told).toEqual([])
  reading.look({ place: place(3, [4]), reading: true, lastSeq: 4 })
  reading.look({ place: place(3, [4]), reading: true, lastSeq: 4 })
  await vi.advanceTimersByTimeAsync(2_000)
  expect(told).toEqual([{ seq: 4, unmark: undefined }])
  // One's own message is read by nobody.
  reading.look({ place: place(4, []), reading: true, lastSeq: 5 })
  await vi.advanceTimersByTimeAsync(2_000)
  expect(told).toHaveLength(1)
  reading.end()
})

test('many in a short time are told together, and again when the server could not be reached', async () => {
  const reading = reader()
  for (let seq = 4; seq < 50; seq++) {
    reading.look({ place: place(3, [4]), reading: true, lastSeq: seq })
    await vi.advanceTimersByTimeAsync(20)
  }
  await vi.advanceTimersByTimeAsync(600)
  expect(told.length).toBeLessThan(5)
  expect(told.at(-1)?.seq).toBe(49)
  takes = false
  reading.look({ place: place(49, [50]), reading: true, lastSeq: 50 })
  await vi.advanceTimersByTimeAsync(600)
  takes = true
  await vi.advanceTimersByTimeAsync(6_000)
  expect(told.slice(-2).map(({ seq }) => seq)).toEqual([50, 50])
  await vi.advanceTimersByTimeAsync(20_000)
  const { length } = told
  reading.end()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(told).toHaveLength(length)
})

test('a mark that was there is undone by opening; a later one stands, until all is read by hand', async () => {
  const reading = reader(2, { seq: 2, at: 7 })
  reading.look({ place: place(4, [2, 4], { seq: 2, at: 7 }), reading: true, lastSeq: 4 })
  await vi.advanceTimersByTimeAsync(2_000)
  expect(told).toEqual([{ seq: 4, unmark: 7 }])
  reading.look({ place: place(4, []), reading: true, lastSeq: 4 })
  const marked = { place: place(4, [3, 4], { seq: 3, at: 9 }), reading: true, lastSeq: 4 }
  reading.look(marked)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(told).toHaveLength(1)
  expect(news).toEqual([[3, 2]])
  reading.readAll()
  reading.look(marked)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(told.at(-1)).toEqual({ seq: Number.MAX_SAFE_INTEGER, unmark: 9 })
  expect(news).toHaveLength(1)
  reading.end()
})

test('the line moves to what comes while nobody looks, and stands while they read on', () => {
  const reading = reader(4)
  reading.look({ place: place(3, [4]), reading: true, lastSeq: 4 })
  reading.look({ place: place(4, [5]), reading: true, lastSeq: 5 })
  expect(news).toEqual([])
  reading.look({ place: place(5, []), reading: false, lastSeq: 5 })
  reading.look({ place: place(5, [6]), reading: false, lastSeq: 6 })
  reading.look({ place: place(5, [6, 7]), reading: false, lastSeq: 7 })
  expect(news).toEqual([[6, 1]])
  reading.end()
})
