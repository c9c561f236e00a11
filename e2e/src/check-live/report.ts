/** A run as text: one table, and one line that says it all. */
import { commandOf, type CheckOptions } from './options.ts'
import type { Report } from './run.ts'
import { FAULT_KINDS, type FaultKind } from './ledger.ts'
import type { Latencies } from './latency.ts'

export function reportText(options: CheckOptions, report: Report): string {
  const { ledger, stats } = report
  const rows: [string, string | number][] = [
    ['clients (half through the SDK)', options.clients],
    ['messages sent / stored', `${stats.sent} / ${report.storedCount}`],
    ['acknowledged', ledger.acked],
    ['sent again, on purpose or unanswered', stats.sentAgain],
    ['subscriptions', stats.subscriptions],
    ['views compared', ledger.views.length],
    ['changes applied', ledger.applied],
    ['  of these in replays', stats.replayed],
    ['repeats dropped by their place', stats.wireRepeats],
    ...options.faults.map((name): [string, number] => [`fault ${name}`, report.struck[name]]),
    ['sockets dropped by clients', stats.drops],
    ['clients frozen', stats.freezes],
    ['reconnects', stats.reconnects],
    ['  of these with their session, by raw clients', stats.resumed],
    ['SDK connections that a missed heartbeat ended', stats.heartbeatsMissed],
    ['raw clients closed for a heartbeat unanswered', stats.silentCloses],
    ['sends refused for now', stats.refusals],
    ...(options.faults.includes('clock-step')
      ? [['messages stamped by a stepped clock', stats.steppedTimes] as [string, number]]
      : []),
    ['lags', stats.lags],
    ['resets', stats.resets],
    ['send -> ack, p50 / p99', quantiles(stats.sendToAck)],
    ['send -> receive, p50 / p99', quantiles(stats.sendToReceive)],
    [
      'checker late by, p50 / p99',
      `${report.checkerDelayMs.p50.toFixed(1)} ms / ${report.checkerDelayMs.p99.toFixed(1)} ms`,
    ],
    ['most memory, server / checker', `${mebibytes(report.serverBytesMax)} / ${mebibytes(report.checkerBytesMax)}`],
    ...Object.entries(FAULT_KINDS).map(([kind]): [string, number] => [
      kind.replaceAll('_', ' '),
      ledger.counts[kind as FaultKind],
    ]),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  return [...table, '', ...verdict(options, report)].join('\n')
}

function verdict(options: CheckOptions, { ledger }: Report): string[] {
  const { lost, repeated, out_of_order: outOfOrder } = ledger.counts
  const three = `${lost} lost, ${repeated} repeated, ${outOfOrder} out of order`
  if (ledger.faultCount === 0) return [three]
  return [
    ...ledger.described.map((line) => `FAULT ${line}`),
    `${three}; ${ledger.faultCount} faults in all`,
    `repeat with: ${commandOf(options)}`,
  ]
}

function quantiles(latencies: Latencies): string {
  const [half, most] = [latencies.quantile(0.5), latencies.quantile(0.99)]
  if (half === undefined || most === undefined) return 'none'
  return `${half.toFixed(1)} ms / ${most.toFixed(1)} ms of ${latencies.count}`
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`
}
