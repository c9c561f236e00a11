/** The raw client keeps to the protocol, and tells when the server does not. */
import { describe, expect, it } from 'vitest'
import type { Frame } from '../live-socket.ts'
import { Ledger, seenMessage } from './ledger.ts'
import { clientIdOf, contentOf } from './messages.ts'
import { RawStream } from './raw-stream.ts'
import { SendTimes, Stats } from './stats.ts'

function wire(seq: number) {
  const name = { client: 1, number: seq }
  return {
    id: `id-${seq}`,
    seq,
    client_id: clientIdOf(name),
    content: contentOf(name, false),
    timestamp: '2026-11-21T10:00:00.000Z',
  }
}

function change(seq: number): Frame {
  return { type: 'new_message', changed_seq: seq, ...wire(seq) }
}

function newStream(after?: number) {
  const ledger = new Ledger()
  const asked: (number | undefined)[] = []
  const reloads: RawStream[] = []
  const stream = new RawStream(0, after, {
    client: 7,
    world: {
      url: '',
      liveUrl: '',
      channels: [],
      numberOf: new Map(),
      ledger,
      stats: new Stats(),
      times: new SendTimes(),
      clockSteps: false,
    },
    reload: (each) => reloads.push(each),
    ask: (each) => asked.push(each.cursor),
    received: () => undefined,
  })
  const receive = (...frames: Frame[]): void => {
    for (const frame of frames) stream.frame(frame)
  }
  return { ledger, stream, asked, reloads, receive }
}

const replay = (after: number): Frame => ({ type: 'replay', after })
const subscribed = (seq: number, recovered: boolean): Frame => ({ type: 'subscribed', seq, recovered })
const reset = (seq: number): Frame => ({ type: 'reset', seq })

describe('a stream that keeps to the protocol', () => {
  it('begins where the server says, and takes what is next', () => {
    const { ledger, stream, receive } = newStream()
    receive(subscribed(10, false), change(11), change(12))
    expect([stream.cursor, ledger.faultCount, ledger.applied]).toEqual([12, 0, 2])
  })

  it('skips places within a replay only, and drops repeats', () => {
    const { ledger, stream, receive } = newStream(10)
    receive(replay(8), change(9), change(12), subscribed(13, true), change(13), change(14))
    expect([stream.cursor, ledger.faultCount, ledger.applied]).toEqual([14, 0, 2])
  })

  it('goes on after a snapshot with what came meanwhile', () => {
    const { ledger, stream, reloads, receive } = newStream(10)
    receive(reset(20), change(21), change(22))
    expect(reloads).toHaveLength(1)
    stream.loaded([wire(15), wire(21)].map(seenMessage), 21)
    expect([stream.cursor, ledger.faultCount, ledger.applied]).toEqual([22, 0, 3])
  })

  it('knows a replay that ended before its snapshot', () => {
    const { ledger, stream, receive } = newStream(10)
    receive(reset(20), change(21), replay(21), change(23), subscribed(24, true), change(25), change(26))
    stream.loaded([wire(21), wire(23), wire(25)].map(seenMessage), 25)
    expect([stream.cursor, ledger.faultCount, ledger.applied]).toEqual([26, 0, 4])
  })

  it('asks again when it could not hold all that came meanwhile, and waits for that answer', () => {
    const { ledger, stream, asked, receive } = newStream(10)
    receive(reset(20), replay(20))
    stream.disconnected()
    receive(change(30))
    stream.loaded([], 25)
    expect(asked).toEqual([25])
    receive(change(40), subscribed(40, true), replay(40), change(41))
    receive(replay(25), change(41), subscribed(41, true))
    expect([stream.cursor, ledger.faultCount, ledger.applied]).toEqual([41, 0, 1])
  })
})

describe('a server that does not', () => {
  it.each([
    ['a place left out', [change(12)], '12 comes outside of a replay'],
    ['a replay that begins too late', [replay(11)], 'a replay begins after 11'],
    ['an answer without a replay', [subscribed(15, true)], '`subscribed` at 15 without a replay'],
    ['a replay that ends too early', [replay(10), change(14), subscribed(12, true)], '`subscribed` says 12'],
  ])('%s is a fault', (_, frames, text) => {
    const { ledger, receive } = newStream(10)
    receive(...frames)
    expect(ledger.counts.protocol).toBe(1)
    expect(ledger.described[0]).toContain(text)
  })

  it('sends a change before `subscribed`', () => {
    const { ledger, receive } = newStream()
    receive(change(3))
    expect(ledger.counts.protocol).toBe(1)
  })
})
