import { expect, test } from 'vitest'
import type { FanOutRow } from '../fan-out/bench-fan-out.ts'
import type { Results, Stamp } from '../results.ts'
import type { StormRun } from '../storm/bench-storm.ts'
import { report } from './render.ts'

const stamp: Stamp = {
  date: '2026-11-20',
  machine: 'a machine',
  node: 'v26.10.0',
  glasshouse: '0.1.0 (abcdef)',
  settings: { LOG_LEVEL: 'warn' },
}

function row(contestant: FanOutRow['contestant'], inFlight: number, cpuUs: readonly number[]): FanOutRow {
  const same = cpuUs.map(() => 1)
  return {
    contestant,
    subscribers: 1_000,
    inFlight,
    cpuUsPerDelivery: cpuUs,
    deliveriesPerS: same,
    deliveryP50Ms: same,
    deliveryP99Ms: same,
    loadCpuShare: same,
  }
}

function fanOut(rows: readonly FanOutRow[]): Results {
  const versions = { ws: '8', 'socket.io': '4', bun: '1' }
  const result = { pinned: true, contentBytes: 200, versions, measureMs: 1_000, rows, profiles: [] }
  return { 'fan-out': { stamp, result } }
}

/** The table of ratios, by messages in flight. */
function ratioLine(text: string, inFlight: number): string {
  return text.split('\n').find((line) => line.startsWith(`| 1 000 | ${inFlight} | **`)) ?? ''
}

test('a ratio is that of the medians of the rounds, and is held against its target', () => {
  const { text } = report(
    fanOut([
      row('ours', 1, [6, 9, 7]),
      row('bun', 1, [5, 5, 5]),
      row('ours', 64, [0.4]),
      row('bun', 64, [0.2]),
      row('socket.io', 64, [8]),
    ]),
  )
  expect(ratioLine(text, 1)).toContain('| **1.40x** | at most 1.5x | met |')
  expect(ratioLine(text, 64)).toContain('| **2.00x** | at most 1.25x | **missed** |')
  expect(ratioLine(text, 64)).toContain('| 20x | at least 20x | met |')
})

test('a section that was not measured is not there, one that was says on what', () => {
  const { text } = report(fanOut([row('ours', 1, [1])]))
  expect(text).not.toContain('## P2')
  expect(text).toContain(
    '_Measured on 2026-11-20: a machine; Node v26.10.0, Glasshouse 0.1.0 (abcdef); bounds raised: `LOG_LEVEL=warn`._',
  )
})

test('each picture that is shown is drawn, with a name and a figure for each contestant', () => {
  const { text, charts } = report(fanOut([row('ours', 1, [3]), row('bun', 1, [2])]))
  const shown = [...text.matchAll(/\(images\/([^)]+)\)/g)].map((match) => match[1])
  expect(shown).toEqual(Object.keys(charts))
  expect(charts['bench-fan-out-1000.svg']).toMatch(/>Glasshouse<[^]*>3\.00<[^]*>Bun 1 publish<[^]*>2\.00</)
})

test('memory that grows while connections come and go is told', () => {
  const figure = (mb: number) => ({ residentBytes: mb * 2 ** 20, heapUsedBytes: 0, externalBytes: 0 })
  const connections = (churn: readonly number[]): Results => ({
    connections: {
      stamp,
      result: {
        connections: 1_024,
        people: 1,
        sessionKeptS: 1,
        openedInMs: 1,
        before: figure(100),
        idle: figure(110),
        subscribed: figure(112),
        churned: 300,
        churn: churn.map(figure),
        after: figure(101),
      },
    },
  })
  expect(report(connections([110, 110, 111])).text).toContain('| **10.0 KB** | at most 12 KB | met |')
  expect(report(connections([110, 110, 111])).text).toContain('| +0.9 % | flat: at most 2 % | met |')
  expect(report(connections([110, 112, 115])).text).toContain('| +4.5 % | flat: at most 2 % | **missed** |')
})

test('what attackers cost the others is a ratio of medians, and memory is held against the first rounds', () => {
  const isolation = (attackedP99Ms: number, lastMb: number): Results => {
    const round = (p99Ms: number, mb: number) => ({ p50Ms: 1, p99Ms, serverCpuShare: 0.5, residentBytes: mb * 2 ** 20 })
    const result = {
      talkers: 100,
      perS: 100,
      measureMs: 1_000,
      quiet: [round(4, 200), round(5, 200), round(9, 200)],
      attacked: [round(1, 200), round(attackedP99Ms, 200), round(100, lastMb)],
      attacks: { frozenSockets: 3, floodFrames: 10_000, floodSockets: 4, reconnects: 50 },
    }
    return { isolation: { stamp, result } }
  }
  expect(report(isolation(10, 210)).text).toContain('| **2.00x** | at most 2x | met |')
  expect(report(isolation(11, 210)).text).toContain('| **2.20x** | at most 2x | **missed** |')
  expect(report(isolation(10, 208)).text).toContain('| +4.0 % | flat: at most 5 % | met |')
  expect(report(isolation(10, 212)).text).toContain('| +6.0 % | flat: at most 5 % | **missed** |')
})

test('a storm after which something is missing, or somebody was refused, shows it', () => {
  const talk = { messages: 1, p50Ms: 1, p99Ms: 2, maxMs: 3 }
  const storm = (more: Partial<StormRun>): Results => {
    const run: StormRun = {
      end: 'SIGKILL',
      how: 'when_released',
      downMs: 1_000,
      resumedP50Ms: 1,
      resumedLastMs: 2,
      currentP50Ms: 4_000,
      currentP95Ms: 8_000,
      currentLastMs: 9_000,
      resumed: 10_000,
      refused: {},
      notConnected: 0,
      eventLoop: { maxMs: 90, p99Ms: 10 },
      witnesses: talk,
      crowd: { repeated: 0, overlapped: 0, outOfOrder: 0, applied: 70, expected: 70, resets: 0, errors: [] },
      residentBytes: 1,
      peakResidentBytes: 1,
      serverCpuMs: 5_000,
      ...more,
    }
    const shape = { sessions: 10_000, streamsEach: 20, channels: 500, messagesAway: 1, messagesPerS: 1, witnesses: 1 }
    return { storm: { stamp, result: { ...shape, calm: talk, runs: [run], profile: { idleShare: 0, functions: [] } } } }
  }
  const good = '| **9.0 s** | 15 s | met | **90 ms** (p99 10.0 ms) | 200 ms | met | 0 | 0 | 0 |'
  expect(report(storm({})).text).toContain(good)
  const crowd = { repeated: 2, overlapped: 5, outOfOrder: 1, applied: 68, expected: 70, resets: 1, errors: [] }
  const bad = report(storm({ currentLastMs: 16_000, crowd, refused: { 503: 4, 429: 1 } })).text
  expect(bad).toContain('| **16.0 s** | 15 s | **missed** | **90 ms** (p99 10.0 ms) | 200 ms | met | 3 | 3 | 5 |')
})
