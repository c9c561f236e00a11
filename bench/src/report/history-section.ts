import type { SectionResults } from '../results.ts'
import { ms, table, thousands, verdict } from './markdown.ts'
import type { Section } from './section.ts'

const PAGE_P95_MS_MAX = 10

export function historySection({ imports, histories }: SectionResults['history']): Section {
  return {
    charts: {},
    lines: [
      '## P9 History: a page of 50 at any depth',
      '',
      'Over REST, one request at a time, from the request to the parsed answer.',
      '',
      ...table(
        ['channel', 'messages', 'anywhere p95', 'target', '', 'p50', 'slowest', 'first page p50', 'last page p50'],
        histories.map((each) => [
          each.channel,
          thousands(each.messages),
          `**${ms(each.p95Ms)}**`,
          `under ${PAGE_P95_MS_MAX} ms`,
          verdict(each.p95Ms < PAGE_P95_MS_MAX),
          ms(each.p50Ms),
          ms(each.maxMs),
          ms(each.firstPageP50Ms),
          ms(each.lastPageP50Ms),
        ]),
      ),
      '## Import of a Slack export',
      '',
      '`npm run glasshouse -- import slack FILE.zip` into a running Glasshouse, the whole command.',
      '',
      ...table(
        ['export', 'messages', 'messages/s'],
        imports.map(({ file, messages, perS }) => [file, thousands(messages), thousands(perS)]),
      ),
    ],
  }
}
