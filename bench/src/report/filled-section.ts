import type { SectionResults } from '../results.ts'
import { ms, table, thousands, verdict } from './markdown.ts'
import type { Section } from './section.ts'

const PAGE_P95_MS_MAX = 10
const OPENED_MS_MAX = 100
const FRAMES_PER_S_MIN = 60

export function filledSection({
  messages,
  channels,
  imports,
  histories,
  unread,
  browsed,
}: SectionResults['filled']): Section {
  const { scrolled } = browsed
  return {
    charts: {},
    lines: [
      `## P8 and P9 A house of ${thousands(messages)} messages`,
      '',
      `${imports.map(({ file, messages: imported }) => `${file} (${thousands(imported)} messages)`).join(' and ')}, imported, and their messages repeated until there are ${thousands(messages)} in ${thousands(channels)} channels. Over REST one request at a time, from the request to the parsed answer. In the browser from the click on a channel until its messages are drawn, between the two largest (${browsed.channelHeads.map(thousands).join(' and ')} messages), and then the wheel is turned for ${scrolled.seconds} s through the history of one of them. Chromium, server and database share the two cores, and Chromium draws without a graphics card.`,
      '',
      ...table(
        ['', 'figure', 'target', ''],
        [
          ...histories.map((each) => [
            `a page of 50 anywhere among ${thousands(each.messages)}, p95`,
            `**${ms(each.p95Ms)}**`,
            `under ${PAGE_P95_MS_MAX} ms`,
            verdict(each.p95Ms < PAGE_P95_MS_MAX),
          ]),
          ...histories.map((each) => [
            `first page, last page of them, p50`,
            `${ms(each.firstPageP50Ms)}, ${ms(each.lastPageP50Ms)}`,
            'the same',
            '',
          ]),
          [`\`GET /unread\` of ${unread.channels} channels, all of it unread, p95`, ms(unread.allP95Ms), '', ''],
          [`\`GET /unread\` with nothing unread, p95`, ms(unread.noneP95Ms), '', ''],
          [
            'a channel opens, p95',
            `**${ms(browsed.openedP95Ms)}** (p50 ${ms(browsed.openedP50Ms)})`,
            `under ${OPENED_MS_MAX} ms`,
            verdict(browsed.openedP95Ms < OPENED_MS_MAX),
          ],
          [
            'frames a second while it scrolls',
            `**${scrolled.framesPerS.toFixed(0)}** (p95 of a frame ${ms(scrolled.frameP95Ms)}, longest ${ms(scrolled.longestFrameMs)})`,
            `${FRAMES_PER_S_MIN}`,
            verdict(Math.round(scrolled.framesPerS) >= FRAMES_PER_S_MIN),
          ],
          ['messages that came by', thousands(scrolled.messages), '', ''],
          ['rows in the document, at most', thousands(scrolled.rowsMax), 'bounded', ''],
        ],
      ),
    ],
  }
}
