/** docs/benchmarks.md and its charts: what was measured, on what, and nothing that was not. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, SECTIONS, type Results, type SectionName, type SectionResults, type Stamp } from '../results.ts'
import { connectionsSection } from './connections-section.ts'
import { fanOutSection } from './fan-out-section.ts'
import { historySection } from './history-section.ts'
import { ingestSection } from './ingest-section.ts'
import { isolationSection } from './isolation-section.ts'
import { persistedSection } from './persisted-section.ts'
import { filledSection } from './filled-section.ts'
import type { Section } from './section.ts'
import { startSection } from './start-section.ts'
import { stormSection } from './storm-section.ts'

const writers: { readonly [Name in SectionName]: (result: SectionResults[Name]) => Section } = {
  'fan-out': fanOutSection,
  persisted: persistedSection,
  ingest: ingestSection,
  connections: connectionsSection,
  storm: stormSection,
  isolation: isolationSection,
  start: startSection,
  history: historySection,
  filled: filledSection,
}

/** Returns the file that it wrote. */
export function writeReport(results: Results): string {
  const { text, charts } = report(results)
  const images = join(ROOT, 'docs/images')
  mkdirSync(images, { recursive: true })
  for (const [name, svg] of Object.entries(charts)) writeFileSync(join(images, name), svg)
  const file = join(ROOT, 'docs/benchmarks.md')
  writeFileSync(file, text)
  return file
}

export function report(results: Results): { readonly text: string; readonly charts: Readonly<Record<string, string>> } {
  const lines = [
    '# Benchmarks',
    '',
    'Written by `npm run bench` from what it measured. Contestants are measured side by side in one run, in alternating rounds, on the machine named with each section: between them ratios count, and the absolute figures are that machine’s.',
    '',
  ]
  const charts: Record<string, string> = {}
  for (const name of SECTIONS) {
    const section = sectionOf(name, results)
    if (section === undefined) continue
    lines.push(...section.lines)
    Object.assign(charts, section.charts)
  }
  return { text: lines.join('\n'), charts }
}

function sectionOf<Name extends SectionName>(name: Name, results: Results): Section | undefined {
  const measured = results[name]
  if (measured === undefined) return undefined
  const section = writers[name](measured.result)
  return { ...section, lines: [...section.lines, stampLine(measured.stamp), ''] }
}

function stampLine({ date, machine, node, glasshouse, settings }: Stamp): string {
  const raised = Object.entries(settings).map(([name, value]) => `\`${name}=${value}\``)
  const bounds = raised.length === 0 ? '' : `; bounds raised: ${raised.join(', ')}`
  return `_Measured on ${date}: ${machine}; Node ${node}, Glasshouse ${glasshouse}${bounds}._`
}
