import { SECTIONS, type SectionName } from './results.ts'

export interface BenchOptions {
  readonly sections: readonly SectionName[]
  /** Short, and nothing is written. */
  readonly quick: boolean
  /** Only writes the report anew, from the results that are there. */
  readonly reportOnly: boolean
}

const USAGE = `npm run bench -- [--only ${SECTIONS.join(',')}] [--quick] [--report]`

/** Throws with what is wrong with them. */
export function parseOptions(args: readonly string[]): BenchOptions {
  let sections: readonly SectionName[] = SECTIONS
  const flags = new Set<string>()
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    if (arg === '--quick' || arg === '--report') flags.add(arg)
    else if (arg === '--only') sections = parseSections(args[++index] ?? '')
    else if (arg.startsWith('--only=')) sections = parseSections(arg.slice('--only='.length))
    else throw new Error(`there is no option ${arg}: ${USAGE}`)
  }
  return { sections, quick: flags.has('--quick'), reportOnly: flags.has('--report') }
}

function parseSections(list: string): readonly SectionName[] {
  const names = list.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !SECTIONS.some((section) => section === name))
  if (unknown !== undefined) throw new Error(`there is no section "${unknown}": ${USAGE}`)
  return SECTIONS.filter((section) => names.includes(section))
}
