import { SECTIONS, type SectionName } from './results.ts'

export interface BenchOptions {
  readonly sections: readonly SectionName[]
  /** Short, and nothing is written. */
  readonly quick: boolean
  /** Only writes the report anew, from the results that are there. */
  readonly reportOnly: boolean
  /** For how long connections come and go; undefined: a few rounds. */
  readonly minutes: number | undefined
  /** How many messages the house of the section `filled` has. */
  readonly fill: number
}

const USAGE = `npm run bench -- [--only ${SECTIONS.join(',')}] [--quick] [--report] [--minutes N] [--fill N]`
const MINUTES_MAX = 24 * 60
const FILL_DEFAULT = 1_000_000
const FILL_MAX = 100_000_000

/** Throws with what is wrong with them. */
export function parseOptions(args: readonly string[]): BenchOptions {
  let sections: readonly SectionName[] | undefined
  let minutes: number | undefined
  let fill: number | undefined
  const flags = new Set<string>()
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    if (arg === '--quick' || arg === '--report') flags.add(arg)
    else if (arg === '--only') sections = parseSections(args[++index] ?? '')
    else if (arg.startsWith('--only=')) sections = parseSections(arg.slice('--only='.length))
    else if (arg === '--minutes') minutes = parseMinutes(args[++index] ?? '')
    else if (arg.startsWith('--minutes=')) minutes = parseMinutes(arg.slice('--minutes='.length))
    else if (arg === '--fill') fill = parseFill(args[++index] ?? '')
    else if (arg.startsWith('--fill=')) fill = parseFill(arg.slice('--fill='.length))
    else throw new Error(`there is no option ${arg}: ${USAGE}`)
  }
  sections ??= fill === undefined ? SECTIONS : ['filled']
  return {
    sections,
    quick: flags.has('--quick'),
    reportOnly: flags.has('--report'),
    minutes,
    fill: fill ?? FILL_DEFAULT,
  }
}

function parseMinutes(text: string): number {
  const minutes = Number(text)
  if (minutes > 0 && minutes <= MINUTES_MAX) return minutes
  throw new Error(`--minutes must be a number above 0 and up to ${MINUTES_MAX}, but is "${text}": ${USAGE}`)
}

function parseFill(text: string): number {
  const messages = Number(text)
  if (Number.isInteger(messages) && messages >= 1_000 && messages <= FILL_MAX) return messages
  throw new Error(`--fill must be a number of messages from 1000 up to ${FILL_MAX}, but is "${text}": ${USAGE}`)
}

function parseSections(list: string): readonly SectionName[] {
  const names = list.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !SECTIONS.some((section) => section === name))
  if (unknown !== undefined) throw new Error(`there is no section "${unknown}": ${USAGE}`)
  return SECTIONS.filter((section) => names.includes(section))
}
