import { TYPING_SHOWN_MS, typingStream, type ClientFrame, type Presence, type TypingFrame } from '@glasshouse/contracts'
import { newId, type ChannelId, type MessageId } from '@glasshouse/kernel'
import { beforeEach, describe, expect, test } from 'vitest'
import { Ephemera } from './ephemera.ts'
import type { Timers } from './live-types.ts'
import { PresenceWatch } from './presence-watch.ts'
import { TypingIndicator, type TypingPerson } from './typing-indicator.ts'

/** Rules E1 to E7 of SPEC.md. */

/** Time that passes when it is told to. */
class ManualTime implements Timers {
  nowMs = 1_000_000
  #due = new Map<object, { readonly atMs: number; readonly run: () => void }>()
  readonly clock = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs }

  set(run: () => void, delayMs: number): object {
    const handle = {}
    this.#due.set(handle, { run, atMs: this.nowMs + delayMs })
    return handle
  }

  clear(handle: unknown): void {
    this.#due.delete(handle as object)
  }

  get waiting(): number {
    return this.#due.size
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      const [next] = [...this.#due]
        .filter(([, { atMs }]) => atMs <= untilMs)
        .toSorted(([, a], [, b]) => a.atMs - b.atMs)
      if (next === undefined) break
      const [handle, { atMs, run }] = next
      this.nowMs = Math.max(this.nowMs, atMs)
      this.#due.delete(handle)
      run()
    }
    this.nowMs = untilMs
  }
}

const channelId = newId<ChannelId>()
const place = { channelId, threadId: undefined }
const thread = { channelId, threadId: newId<MessageId>() }
const [ann, ben, cid] = ['ann', 'ben', 'cid'].map((username) => ({ id: newId(), username })) as unknown as [
  Who,
  Who,
  Who,
]
interface Who {
  readonly id: string
  readonly username: string
}

const typing = ({ id, username }: Who, at = place as typeof place | typeof thread): TypingFrame => ({
  type: 'typing',
  stream: typingStream(at),
  channel_id: channelId,
  user_id: id,
  username,
  display_name: username,
})

let time: ManualTime
let sent: ClientFrame[]
let wanted: Set<string>
let isUp: boolean
let ephemera: Ephemera

beforeEach(() => {
  time = new ManualTime()
  sent = []
  wanted = new Set()
  isUp = true
  ephemera = new Ephemera({
    isUp: () => isUp,
    send: (frame) => sent.push(frame),
    want: (stream) => wanted.add(stream),
    drop: (stream) => wanted.delete(stream),
    monotonicMs: () => time.nowMs,
    timers: time,
  })
})

describe('a typing indicator', () => {
  const indicate = (at: typeof place | typeof thread = place) => {
    const shown: string[][] = []
    const onChange = (people: readonly TypingPerson[]): void => void shown.push(people.map(({ username }) => username))
    return { shown, indicator: new TypingIndicator({ ephemera }, { ...at, onChange, clock: time.clock, timers: time }) }
  }

  test('E1 asks for the place that it shows, again after each reconnect, and no more when it ends', () => {
    const { indicator } = indicate()
    const second = indicate()
    expect(sent).toEqual([{ type: 'subscribe', stream: typingStream(place) }])
    ephemera.up()
    expect(sent.filter(({ type }) => type === 'subscribe')).toHaveLength(2)
    indicator.end()
    expect([...wanted]).toEqual([typingStream(place)])
    second.indicator.end()
    expect([...wanted]).toEqual([])
  })

  test('E2 shows each person for five seconds after their last sign, and not after their message', () => {
    const { shown, indicator } = indicate()
    ephemera.received(typing(ann))
    time.pass(3_000)
    ephemera.received(typing(ben))
    ephemera.received(typing(ann))
    ephemera.received(typing(cid, thread))
    time.pass(TYPING_SHOWN_MS - 1)
    indicator.messageFrom(ben.id)
    indicator.messageFrom(cid.id)
    time.pass(1)
    expect(shown).toEqual([['ann'], ['ann', 'ben'], ['ann'], []])
    expect(time.waiting).toBe(0)
    ephemera.received(typing(ann))
    indicator.end()
    time.pass(TYPING_SHOWN_MS)
    expect(shown).toHaveLength(5)
    expect(time.waiting).toBe(0)
  })

  test('E3 says that its person types, every three seconds, and at once after a message', () => {
    const { indicator } = indicate(thread)
    const said = (): number => sent.filter(({ type }) => type === 'typing').length
    for (let key = 0; key < 30; key++) {
      indicator.typing()
      time.pass(100)
    }
    expect(said()).toBe(1)
    indicator.typing()
    expect(said()).toBe(2)
    indicator.sent()
    indicator.typing()
    expect(said()).toBe(3)
    expect(sent.at(-1)).toEqual({ type: 'typing', channel_id: channelId, thread_id: thread.threadId })
    isUp = false
    time.pass(10_000)
    indicator.typing()
    expect(said()).toBe(3)
  })
})

describe('a watch of people', () => {
  const watch = () => {
    const told: [string, Presence['state'] | undefined][] = []
    const onChange = (userId: string, now: Presence | undefined): void => void told.push([userId, now?.state])
    return { told, people: new PresenceWatch({ ephemera }, { onChange, clock: time.clock, timers: time }) }
  }
  const asked = (): string[][] => sent.flatMap((frame) => (frame.type === 'watch_presence' ? [frame.user_ids] : []))
  const presence = ({ id }: Who, more: Partial<Presence> = {}): void =>
    ephemera.received({ type: 'presence', user_id: id, state: 'active', ...more })

  test('E4 asks once for all who are on any screen, gathered, and anew after a reconnect', () => {
    const [first, second] = [watch().people, watch().people]
    first.show([ann.id])
    first.show([ann.id, ben.id])
    second.show([ben.id, cid.id])
    expect(asked()).toEqual([])
    time.pass(1_000)
    expect(asked().map((ids) => new Set(ids))).toEqual([new Set([ann.id, ben.id, cid.id])])
    second.show([ben.id])
    second.show([ben.id, cid.id])
    time.pass(1_000)
    expect(asked()).toHaveLength(1)
    ephemera.up()
    expect(asked()).toHaveLength(2)
    first.end()
    second.end()
    time.pass(1_000)
    expect(asked().at(-1)).toEqual([])
  })

  test('E4 asks for two hundred at most, and those who came last', () => {
    const { people } = watch()
    people.show(Array.from({ length: 300 }, () => newId()))
    watch().people.show([ann.id])
    time.pass(1_000)
    expect(asked()[0]).toHaveLength(200)
    expect(asked()[0]).toContain(ann.id)
  })

  test('E5 tells each watcher of those whom it shows, at once when that is known', () => {
    const [first, second] = [watch(), watch()]
    first.people.show([ann.id, ben.id])
    time.pass(1_000)
    presence(ann)
    presence(cid)
    second.people.show([ann.id])
    presence(ben, { state: 'away' })
    expect(first.told).toEqual([
      [ann.id, 'active'],
      [ben.id, 'away'],
    ])
    expect(second.told).toEqual([[ann.id, 'active']])
    expect(first.people.get(ben.id)).toMatchObject({ state: 'away' })
    expect(second.people.get(ben.id)).toBeUndefined()
  })

  test('E6 lets a status and do not disturb end by its own clock', () => {
    const { people, told } = watch()
    people.show([ann.id])
    const until = (ms: number): string => new Date(time.nowMs + ms).toISOString()
    const status = { text: 'Lunch', until: until(60_000) }
    presence(ann, { state: 'do_not_disturb', status, do_not_disturb_until: until(30_000) })
    time.pass(29_999)
    expect(people.get(ann.id)).toMatchObject({ state: 'do_not_disturb' })
    time.pass(1)
    expect(people.get(ann.id)).toEqual({ user_id: ann.id, state: 'away', status })
    time.pass(30_000)
    expect(people.get(ann.id)).toEqual({ user_id: ann.id, state: 'away' })
    expect(told.map(([, state]) => state)).toEqual(['do_not_disturb', 'away', 'away'])
    expect(time.waiting).toBe(0)
  })

  test('E7 says whether the person is at the device, and again after a reconnect', () => {
    isUp = false
    ephemera.report('away')
    expect(sent).toEqual([])
    isUp = true
    ephemera.up()
    ephemera.report('active')
    expect(sent.filter(({ type }) => type === 'presence')).toEqual([
      { type: 'presence', state: 'away' },
      { type: 'presence', state: 'active' },
    ])
  })
})
