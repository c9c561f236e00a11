import type { PersistedResult } from '../fan-out/bench-persisted.ts'
import { median } from '../statistics.ts'
import { barChart } from './bar-chart.ts'
import { image, medianMs, ms, table, thousands, times, verdict } from './markdown.ts'
import { profileSentence } from './profile-lines.ts'
import type { Section } from './section.ts'

const RATIO_MAX = 3
const CHART = 'bench-persisted.svg'

export function persistedSection(result: PersistedResult): Section {
  const lines = [
    '## P2 Persisted, end to end: sender to the last subscriber',
    '',
    `From the frame of the sender, through the whole server and the commit in its PostgreSQL, to the last of ${thousands(result.subscribers)} subscribers; beside it the hub without persistence at the same rate, in alternating rounds of ${(result.measureMs / 1000).toFixed(0)} s (medians). Server and database share one core, the load generator has the other.`,
    '',
    ...table(
      ['messages/s', 'p99 persisted / in memory', 'target', '', 'persisted p50', 'p99', 'in memory p50', 'p99'],
      result.rows.map((row) => {
        const ratio = median(row.persistedP99Ms) / median(row.memoryP99Ms)
        return [
          thousands(row.perS),
          `**${times(ratio)}**`,
          `at most ${RATIO_MAX}x`,
          verdict(ratio <= RATIO_MAX),
          medianMs(row.persistedP50Ms),
          medianMs(row.persistedP99Ms),
          medianMs(row.memoryP50Ms),
          medianMs(row.memoryP99Ms),
        ]
      }),
    ),
    ...image('p99 to the last subscriber, persisted and in memory', CHART),
    `What bounds it at ${thousands(result.profile.perS)} messages/s, from a CPU profile of the server in a run that is not counted: ${profileSentence(result.profile.summary)}.`,
    '',
  ]
  const bar = (name: string, values: readonly number[], ours: boolean) => {
    const value = median(values)
    return { name, value, text: ms(value), ours }
  }
  const chart = barChart({
    title: `p99 to the last of ${thousands(result.subscribers)} subscribers: less is better`,
    groups: result.rows.map((row) => ({
      label: `${thousands(row.perS)} messages a second`,
      bars: [bar('persisted', row.persistedP99Ms, true), bar('in memory', row.memoryP99Ms, false)],
    })),
  })
  return { lines, charts: { [CHART]: chart } }
}
