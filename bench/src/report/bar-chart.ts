/**
 * Horizontal bars as a small SVG, which reads as well on a dark page as on a light one: it brings its own ground, and follows the
 * reader's colour scheme.
 */
export interface Bar {
  readonly name: string
  readonly value: number
  /** What is written at its end. */
  readonly text: string
  /** Ours is told apart by its colour. */
  readonly ours?: boolean
}

export interface BarChart {
  readonly title: string
  readonly groups: readonly { readonly label: string; readonly bars: readonly Bar[] }[]
}

const WIDTH = 720
const MARGIN = 16
const NAME_WIDTH = 150
const TEXT_WIDTH = 110
const BAR_HEIGHT = 16
const BAR_STEP = 22
const TITLE_HEIGHT = 44
const LABEL_HEIGHT = 26
const BAR_WIDTH_MIN = 2

const STYLE = `
  .ground { fill: #ffffff; stroke: #d0d7de }
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .label { fill: #59636e }
  .bar { fill: #8c959f }
  .ours { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #3d444d }
    text { fill: #e6edf3 }
    .label { fill: #9198a1 }
    .bar { fill: #6e7681 }
    .ours { fill: #4493f8 }
  }`

export function barChart({ title, groups }: BarChart): string {
  const greatest = Math.max(...groups.flatMap((group) => group.bars.map((bar) => bar.value)))
  const space = WIDTH - 2 * MARGIN - NAME_WIDTH - TEXT_WIDTH
  const parts: string[] = []
  let y = TITLE_HEIGHT
  for (const { label, bars } of groups) {
    if (label !== '') {
      parts.push(text(MARGIN, y + 14, label, 'class="label"'))
      y += LABEL_HEIGHT
    }
    for (const bar of bars) {
      const width = Math.max(BAR_WIDTH_MIN, (bar.value / greatest) * space)
      const x = MARGIN + NAME_WIDTH
      parts.push(
        text(x - 8, y + 13, bar.name, 'text-anchor="end"'),
        `<rect class="bar${bar.ours === true ? ' ours' : ''}" x="${x}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
        text(x + width + 6, y + 13, bar.text, ''),
      )
      y += BAR_STEP
    }
    y += MARGIN / 2
  }
  const height = y + MARGIN / 2
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}`,
    '</style>',
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    text(MARGIN, 28, title, 'class="title"'),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
