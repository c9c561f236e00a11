/**
 * Says how far its person has read, in a channel or in a thread, and where what is new begins.
 *
 * Read is what stood on a screen that somebody could look at: `look` is told whether that is so, after anything has changed. A mark of unread
 * that was there when the place was opened is undone by the first of these reads; one that is set later stands until it is opened anew, or
 * until `readAll`.
 */
import type { ReadMark, UnreadChannel } from '@glasshouse/contracts'
import { browserApi } from './browser-api.ts'

/** Between two reads that are told. */
const GAP_MS = 500
/** After one that failed. */
const RETRY_MS = 5_000

type ReadPlace = Pick<UnreadChannel, 'read_seq' | 'mark' | 'unread'>

interface Look {
  /** Undefined where nothing is kept for this person. */
  readonly place: ReadPlace | undefined
  /** The newest message is on the screen of somebody. */
  readonly reading: boolean
  /** The newest message that is shown. */
  readonly lastSeq: number
}

interface PlaceInput {
  readonly channelId: string
  readonly threadId?: string
  /** Of the place when it was opened. */
  readonly mark: ReadMark | null | undefined
  /** Where what is new begins has moved. */
  readonly onnew?: (fromSeq: number, count: number) => void
  /** Tells the server; resolves to whether it took it. */
  readonly tell?: (read: { readonly seq: number; readonly unmark: number | undefined }) => Promise<boolean>
}

export class PlaceReader {
  readonly #input: PlaceInput
  readonly #tell: NonNullable<PlaceInput['tell']>
  #unmark: number | undefined
  #newFrom: number | undefined
  /** What was read by hand: no line stands there, while the server does not know it yet. */
  #byHand: { readonly through: number; readonly markAt: number | undefined } | undefined
  #last: Look | undefined
  #telling = false
  #toldSeq = 0
  #notBeforeMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `newFrom`: where the line stands already. */
  constructor(input: PlaceInput, newFrom: number | undefined) {
    this.#input = input
    this.#newFrom = newFrom
    this.#unmark = input.mark?.at
    this.#tell = input.tell ?? ((read) => tellServer(input, read))
  }

  look(look: Look): void {
    this.#last = look
    const { place, reading, lastSeq } = look
    if (place === undefined) return
    this.#moveLine(place, reading)
    if (!reading || lastSeq === 0) return
    const isNews = place.unread.length > 0 && lastSeq > Math.max(place.read_seq, this.#toldSeq)
    if (isNews || (this.#unmark !== undefined && place.mark !== null)) this.#tellSoon()
  }

  /** By hand: all that is there, and no mark holds any more. */
  readAll(): void {
    const place = this.#last?.place
    if (place === undefined) return
    this.#unmark = place.mark?.at ?? this.#unmark
    this.#byHand = { through: place.unread.at(-1) ?? 0, markAt: place.mark?.at }
    this.#newFrom = undefined
    void this.#tellNow(true)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#last = undefined
  }

  #moveLine({ read_seq: readSeq, mark, unread }: ReadPlace, reading: boolean): void {
    const first = unread[0]
    // What comes while somebody reads it is not new to them; what they mark is.
    if (first === undefined || (reading && (mark === null || mark.at === this.#unmark))) return
    if (this.#byHand !== undefined && first <= this.#byHand.through && mark?.at === this.#byHand.markAt) return
    const position = mark === null ? readSeq : Math.min(readSeq, mark.seq - 1)
    const line = this.#newFrom
    if (line !== undefined && line > position && line <= first) return
    this.#newFrom = first
    this.#input.onnew?.(first, unread.length)
  }

  #tellSoon(): void {
    if (this.#telling) return
    clearTimeout(this.#timer)
    const waitMs = this.#notBeforeMs - performance.now()
    if (waitMs > 0) this.#timer = setTimeout(() => void this.#tellNow(false), waitMs)
    else void this.#tellNow(false)
  }

  async #tellNow(byHand: boolean): Promise<void> {
    const look = this.#last
    if (look?.place === undefined || (!look.reading && !byHand)) return
    clearTimeout(this.#timer)
    this.#telling = true
    const unmark = this.#unmark
    // By hand it is all that there is, shown here or not: the server knows its head.
    const seq = byHand ? Number.MAX_SAFE_INTEGER : look.lastSeq
    const told = await this.#tell({ seq, unmark })
    this.#telling = false
    this.#notBeforeMs = performance.now() + (told ? GAP_MS : RETRY_MS)
    if (told) {
      if (!byHand) this.#toldSeq = Math.max(this.#toldSeq, seq)
      if (this.#unmark === unmark) this.#unmark = undefined
    }
    // It may have gone on meanwhile.
    if (this.#last !== undefined) this.look(this.#last)
  }
}

async function tellServer(
  { channelId, threadId }: PlaceInput,
  { seq, unmark }: { readonly seq: number; readonly unmark: number | undefined },
): Promise<boolean> {
  const thread = threadId === undefined ? {} : { thread_id: threadId }
  const read = await browserApi.markRead({
    params: { channel_id: channelId },
    body: { seq, ...thread, ...(unmark === undefined ? {} : { unmark }) },
  })
  // What the server refuses for good is not asked again: one left the channel, or follows the thread no more.
  return read.ok || (read.error.status >= 400 && read.error.status < 500 && read.error.status !== 429)
}
