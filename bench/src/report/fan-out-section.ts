import { CONTESTANTS, type ContestantName, type ContestantVersions } from '../fan-out/contestants.ts'
import { cpuRatio, IN_FLIGHT, type FanOutResult, type FanOutRow } from '../fan-out/bench-fan-out.ts'
import { median } from '../statistics.ts'
import { barChart } from './bar-chart.ts'
import { image, medianMs, percent, table, thousands, times, verdict } from './markdown.ts'
import { profileSentence } from './profile-lines.ts'
import type { Section } from './section.ts'

/** Of performance.md: how much of Bun's CPU time a delivery of ours may take. */
const BUN_RATIO_MAX: Readonly<Record<number, number>> = { 1: 1.5, 8: 1.25, 64: 1.25 }
const SOCKET_IO_RATIO_MIN = 20
const SOCKET_IO_IN_FLIGHT = 64
/** From here on it is the load generator that bounds the deliveries. */
const LOAD_BUSY_SHARE = 0.9

function nameOf(contestant: ContestantName, versions: ContestantVersions): string {
  switch (contestant) {
    case 'ours':
      return 'Glasshouse'
    case 'bun':
      return `Bun ${versions.bun} publish`
    case 'ws':
      return `ws ${versions.ws} loop`
    case 'socket.io':
      return `Socket.IO ${versions['socket.io']}`
  }
}

export function fanOutSection(result: FanOutResult): Section {
  const sizes = [...new Set(result.rows.map((row) => row.subscribers))]
  const charts = Object.fromEntries(sizes.map((size) => [chartFile(size), chartOf(result, size)]))
  const lines = [
    '## P1 Fan-out: what one delivery costs',
    '',
    `One publisher, everybody subscribed to one channel, messages of ${result.contentBytes} bytes of content; every contestant parses the same request and delivers the same JSON frame. A message is done, and replaced by the next, when the last subscriber has it. ` +
      `Ours is the gateway with its live hub over streams in memory; the others are in bench/contestants. ${result.pinned ? 'Server and load generator have a core each. ' : 'Server and load generator share the cores. '}` +
      'CPU is user and system time of the server process, in which loopback also charges the receiver’s side of TCP, to all alike. Medians of alternating rounds.',
    '',
    ...table(
      [
        'subscribers',
        'in flight',
        'CPU of ours / Bun',
        'target',
        '',
        'CPU of ws / ours',
        'CPU of Socket.IO / ours',
        'target',
        '',
      ],
      sizes.flatMap((subscribers) => IN_FLIGHT.map((inFlight) => ratioCells(result.rows, subscribers, inFlight))),
    ),
    ...sizes.flatMap((size) => image(`CPU per delivery with ${size} subscribers`, chartFile(size))),
    ...table(
      ['subscribers', 'in flight', 'contestant', 'CPU per delivery', 'deliveries/s', 'delivery p50', 'p99'],
      result.rows.map((row) => [
        thousands(row.subscribers),
        String(row.inFlight),
        nameOf(row.contestant, result.versions),
        `${median(row.cpuUsPerDelivery).toFixed(2)} us`,
        thousands(median(row.deliveriesPerS)) + (median(row.loadCpuShare) > LOAD_BUSY_SHARE ? ' \\*' : ''),
        medianMs(row.deliveryP50Ms),
        medianMs(row.deliveryP99Ms),
      ]),
    ),
    ...(result.rows.some((row) => median(row.loadCpuShare) > LOAD_BUSY_SHARE)
      ? [
          `\\* The load generator was busy for more than ${percent(LOAD_BUSY_SHARE)}: the server could deliver more.`,
          '',
        ]
      : []),
    'What bounds ours, from a CPU profile of a run that is not counted above:',
    '',
    ...result.profiles.map(
      ({ inFlight, subscribers, summary }) =>
        `- ${thousands(subscribers)} subscribers, ${inFlight} in flight: ${profileSentence(summary)}`,
    ),
    '',
  ]
  return { lines, charts }
}

function ratioCells(rows: readonly FanOutRow[], subscribers: number, inFlight: number): string[] {
  const ratio = (other: ContestantName): number | undefined => cpuRatio(rows, { subscribers, inFlight, other })
  const [bun, ws, socketIo] = [ratio('bun'), ratio('ws'), ratio('socket.io')]
  const oursToBun = bun === undefined ? undefined : 1 / bun
  const most = BUN_RATIO_MAX[inFlight]
  const isTarget = inFlight === SOCKET_IO_IN_FLIGHT && socketIo !== undefined
  return [
    thousands(subscribers),
    String(inFlight),
    oursToBun === undefined ? '' : `**${times(oursToBun)}**`,
    most === undefined ? '' : `at most ${most}x`,
    oursToBun === undefined || most === undefined ? '' : verdict(oursToBun <= most),
    ws === undefined ? '' : times(ws),
    socketIo === undefined ? '' : times(socketIo),
    isTarget ? `at least ${SOCKET_IO_RATIO_MIN}x` : '',
    isTarget ? verdict(socketIo >= SOCKET_IO_RATIO_MIN) : '',
  ]
}

function chartFile(subscribers: number): string {
  return `bench-fan-out-${subscribers}.svg`
}

function chartOf(result: FanOutResult, subscribers: number): string {
  return barChart({
    title: `CPU per delivery, microseconds, ${thousands(subscribers)} subscribers: less is better`,
    groups: IN_FLIGHT.map((inFlight) => ({
      label: inFlight === 1 ? '1 message in flight' : `${inFlight} messages in flight`,
      bars: CONTESTANTS.flatMap((contestant) => {
        const row = result.rows.find(
          (each) => each.contestant === contestant && each.subscribers === subscribers && each.inFlight === inFlight,
        )
        if (row === undefined) return []
        const value = median(row.cpuUsPerDelivery)
        const text = value.toFixed(2)
        return [{ name: nameOf(contestant, result.versions), value, text, ours: contestant === 'ours' }]
      }),
    })),
  })
}
