import type { SectionResults } from '../results.ts'
import { median } from '../statistics.ts'
import { ms, verdict } from './markdown.ts'
import type { Section } from './section.ts'

const START_MS_MAX = 3_000

export function startSection({ secondStartMs }: SectionResults['start']): Section {
  const typicalMs = median(secondStartMs)
  return {
    charts: {},
    lines: [
      '## P7 Start',
      '',
      `A second start with everything built, from the command to \`/readyz\` answering 200: **${ms(typicalMs)}**, median of ${secondStartMs.length} (target: under ${START_MS_MAX / 1000} s: ${verdict(typicalMs < START_MS_MAX)}).`,
      '',
    ],
  }
}
