/** A V8 CPU profile as the few lines that say what bounds a process. */
interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** The node that ran at each sample, and the microseconds since the sample before. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface ProfileSummary {
  /** The share of the wall clock in which the process had nothing to do. */
  readonly idleShare: number
  /** The functions in which most of its busy time was spent, with what they call left out. */
  readonly functions: readonly { readonly name: string; readonly share: number }[]
}

const FUNCTIONS_SHOWN = 8

export function summarize(profile: CpuProfile): ProfileSummary {
  const names = new Map(profile.nodes.map((node) => [node.id, nameOf(node)]))
  const us = new Map<string, number>()
  let totalUs = 0
  profile.samples.forEach((node, index) => {
    const name = names.get(node) ?? '(unknown)'
    const deltaUs = Math.max(0, profile.timeDeltas[index] ?? 0)
    us.set(name, (us.get(name) ?? 0) + deltaUs)
    totalUs += deltaUs
  })
  const idleUs = us.get('(idle)') ?? 0
  us.delete('(idle)')
  const busyUs = Math.max(1, totalUs - idleUs)
  const functions = [...us]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, FUNCTIONS_SHOWN)
    .map(([name, each]) => ({ name, share: each / busyUs }))
  return { idleShare: idleUs / Math.max(1, totalUs), functions }
}

function nameOf({ callFrame }: ProfileNode): string {
  const name = callFrame.functionName === '' ? '(anonymous)' : callFrame.functionName
  if (callFrame.url === '') return name
  const file = callFrame.url.replace(/^.*\/(?:node_modules\/)?([^/]+\/[^/]+)$/, '$1')
  return `${name} (${file}:${callFrame.lineNumber + 1})`
}
