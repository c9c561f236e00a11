import type { SectionResults } from '../results.ts'
import { median } from '../statistics.ts'
import { barChart } from './bar-chart.ts'
import { image, ms, percent, table, thousands, verdict } from './markdown.ts'
import type { Section } from './section.ts'

const RATIO_MIN = 0.3
const PATH_MS_MAX = 2
const CHART = 'bench-ingest.svg'

export function ingestSection({ runs, postgresVersion }: SectionResults['ingest']): Section {
  const lines = [
    '## P3 Ingest: the whole path against bare inserts',
    '',
    `Ours: a frame over a WebSocket, its schema, session, permission, rate limit, group commit with outbox row and index maintenance, fsync, ack. Bare: multi-row inserts of 512 rows into tables of the same shape (outbox row included), four in flight, on the same PostgreSQL ${postgresVersion}. Rounds alternate; medians.`,
    '',
    ...table(
      ['connections', 'channels', 'in flight', 'ours / bare', 'target', '', 'ours, messages/s', 'bare, rows/s'],
      runs.map(({ options, oursPerS, barePerS, ratio }) => [
        String(options.connections),
        String(options.channels),
        String(options.inFlight),
        `**${percent(ratio)}**`,
        `at least ${percent(RATIO_MIN)}`,
        verdict(ratio >= RATIO_MIN),
        thousands(median(oursPerS)),
        thousands(median(barePerS)),
      ]),
    ),
    ...image('Messages a second through the whole path, and bare inserts', CHART),
    ...runs.slice(0, 1).map(({ aloneP50Ms, commitP50Ms }) => {
      const pathMs = aloneP50Ms - commitP50Ms
      return `One message at a time on an idle server: ${ms(aloneP50Ms)} p50 from the frame to its ack; one bare row in a transaction of its own: ${ms(commitP50Ms)}. The path costs the difference, **${ms(pathMs)}** (target: at most ${PATH_MS_MAX} ms: ${verdict(pathMs <= PATH_MS_MAX)}).`
    }),
    '',
  ]
  const chart = barChart({
    title: 'Messages (ours) and rows (bare inserts) a second: more is better',
    groups: runs.map(({ options, oursPerS, barePerS }) => {
      const [ours, bare] = [median(oursPerS), median(barePerS)]
      return {
        label: `${options.connections} connections, ${options.inFlight} in flight`,
        bars: [
          { name: 'Glasshouse', value: ours, text: thousands(ours), ours: true },
          { name: 'bare inserts', value: bare, text: thousands(bare) },
        ],
      }
    }),
  })
  return { lines, charts: { [CHART]: chart } }
}
