import type { ConnectionsResult, MemoryFigure } from '../bench-connections.ts'
import { median } from '../statistics.ts'
import { barChart } from './bar-chart.ts'
import { image, percent, table, thousands, verdict } from './markdown.ts'
import type { Section } from './section.ts'

const PER_CONNECTION_MAX_KB = 12
/** What counts as flat: the last third of the rounds against the first. */
const GROWTH_SHARE_MAX = 0.02
const CHART = 'bench-connections.svg'

const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`

export function connectionsSection(result: ConnectionsResult): Section {
  const { connections, before, idle, subscribed, churn, after } = result
  const perConnectionKb = (now: MemoryFigure, of: keyof MemoryFigure): number =>
    (now[of] - before[of]) / 1024 / connections
  const idleKb = perConnectionKb(idle, 'residentBytes')
  const growth = growthOf(churn)
  const row = (name: string, figure: MemoryFigure): string[] => [
    name,
    mb(figure.residentBytes),
    mb(figure.heapUsedBytes),
    mb(figure.externalBytes),
  ]
  const lines = [
    '## P4 Memory of an idle live connection',
    '',
    `The whole server, ${thousands(connections)} authenticated connections of ${result.people} people, which answer heartbeats and do nothing else (opened in ${(result.openedInMs / 1000).toFixed(1)} s). Half of those who leave say so and half are cut off; what they watched is kept for ${result.sessionKeptS} s, so that it comes and goes with them. Before each figure garbage is collected until the resident memory stands.`,
    '',
    ...table(
      ['', 'figure', 'target', ''],
      [
        [
          'resident, per idle connection',
          `**${idleKb.toFixed(1)} KB**`,
          `at most ${PER_CONNECTION_MAX_KB} KB`,
          verdict(idleKb <= PER_CONNECTION_MAX_KB),
        ],
        [
          'of it in the JavaScript heap, and outside',
          `${perConnectionKb(idle, 'heapUsedBytes').toFixed(1)} KB, ${perConnectionKb(idle, 'externalBytes').toFixed(1)} KB`,
          '',
          '',
        ],
        [
          'resident, when each watches a channel',
          `${perConnectionKb(subscribed, 'residentBytes').toFixed(1)} KB`,
          '',
          '',
        ],
        [
          `resident while ${thousands(result.churned)} leave and as many come, last third against first`,
          `${growth > 0 ? '+' : ''}${(growth * 100).toFixed(1)} %`,
          `flat: at most ${percent(GROWTH_SHARE_MAX)}`,
          verdict(growth <= GROWTH_SHARE_MAX),
        ],
      ],
    ),
    ...image('Resident memory while connections come and go', CHART),
    ...table(
      ['', 'resident', 'heap in use', 'external'],
      [
        row('before', before),
        row(`${thousands(connections)} idle`, idle),
        row('each watches the Lobby', subscribed),
        ...churn.map((figure, index) => row(`coming and going, ${index + 1} of ${churn.length}`, figure)),
        row('after all have left', after),
      ],
    ),
  ]
  const bar = (name: string, figure: MemoryFigure, ours = false) => ({
    name,
    value: figure.residentBytes,
    text: mb(figure.residentBytes),
    ours,
  })
  const chart = barChart({
    title: `Resident memory of the server, ${thousands(connections)} live connections`,
    groups: [
      { label: '', bars: [bar('before', before), bar('idle', idle, true), bar('watching', subscribed, true)] },
      {
        label: `${thousands(result.churned)} leave and as many come`,
        bars: churn.map((figure, index) => bar(`${index + 1} of ${churn.length}`, figure, true)),
      },
      { label: '', bars: [bar('after all left', after)] },
    ],
  })
  return { lines, charts: { [CHART]: chart } }
}

function growthOf(churn: readonly MemoryFigure[]): number {
  const third = Math.max(1, Math.floor(churn.length / 3))
  const residents = churn.map((figure) => figure.residentBytes)
  return median(residents.slice(-third)) / median(residents.slice(0, third)) - 1
}
