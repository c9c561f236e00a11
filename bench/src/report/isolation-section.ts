import type { IsolationResult, IsolationRound } from '../bench-isolation.ts'
import { median } from '../statistics.ts'
import { barChart } from './bar-chart.ts'
import { image, medianMs, ms, percent, table, thousands, times, verdict } from './markdown.ts'
import type { Section } from './section.ts'

const RATIO_MAX = 2
/** What counts as flat: the last third of the rounds against the first. */
const GROWTH_SHARE_MAX = 0.05
const CHART = 'bench-isolation.svg'

const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`

export function isolationSection(result: IsolationResult): Section {
  const { quiet, attacked, attacks } = result
  const p99 = (rounds: readonly IsolationRound[]): readonly number[] => rounds.map((round) => round.p99Ms)
  const ratio = median(p99(attacked)) / median(p99(quiet))
  const growth = growthOf(attacked)
  const row = (name: string, rounds: readonly IsolationRound[]): string[] => [
    name,
    medianMs(rounds.map((round) => round.p50Ms)),
    medianMs(p99(rounds)),
    percent(median(rounds.map((round) => round.serverCpuShare))),
    mb(rounds[0]?.residentBytes ?? 0),
    mb(rounds.at(-1)?.residentBytes ?? 0),
  ]
  const lines = [
    '## Isolation: what clients that do harm cost the others',
    '',
    `${thousands(result.talkers)} clients send ${thousands(result.perS)} messages a second together and hear each other, through the whole server with its own bounds. In every other round of ${(result.measureMs / 1000).toFixed(0)} s three more are there: one asks for megabytes and reads nothing, one floods, one reconnects without a pause. Latency is from the write of a message to its arrival, each delivery counted; medians of ${quiet.length} rounds each. Server and database share one core, all clients the other.`,
    '',
    ...table(
      ['', 'figure', 'target', ''],
      [
        ['p99 attacked / quiet', `**${times(ratio)}**`, `at most ${RATIO_MAX}x`, verdict(ratio <= RATIO_MAX)],
        [
          'memory, last third of the attacked rounds against the first',
          `${growth < 0 ? '' : '+'}${(growth * 100).toFixed(1)} %`,
          `flat: at most ${percent(GROWTH_SHARE_MAX)}`,
          verdict(growth <= GROWTH_SHARE_MAX),
        ],
      ],
    ),
    ...table(
      ['', 'p50', 'p99', 'CPU of the server', 'resident after the first round', 'after the last'],
      [row('quiet', quiet), row('attacked', attacked)],
    ),
    ...image('p99 of a delivery, quiet and attacked', CHART),
    `The flooding one wrote ${thousands(attacks.floodFrames)} frames and was thrown out ${thousands(attacks.floodSockets)} times; the reconnecting one opened ${thousands(attacks.reconnects)} connections; the one that reads nothing was there ${thousands(attacks.frozenSockets)} times.`,
    '',
  ]
  const bar = (name: string, value: number, ours: boolean) => ({ name, value, text: ms(value), ours })
  const chart = barChart({
    title: `p99 of a delivery among ${thousands(result.talkers)} clients: less is better`,
    groups: [
      {
        label: `${thousands(result.perS)} messages a second`,
        bars: [bar('quiet', median(p99(quiet)), false), bar('attacked', median(p99(attacked)), true)],
      },
    ],
  })
  return { lines, charts: { [CHART]: chart } }
}

function growthOf(rounds: readonly IsolationRound[]): number {
  const third = Math.max(1, Math.floor(rounds.length / 3))
  const resident = rounds.map((round) => round.residentBytes)
  return median(resident.slice(-third)) / median(resident.slice(0, third)) - 1
}
