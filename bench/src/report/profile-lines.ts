import type { ProfileSummary } from '../machine/cpu-profile.ts'
import { percent } from './markdown.ts'

/** V8 names what it cannot look into. */
const EXPLAINED: Readonly<Record<string, string>> = {
  writeBuffer: 'the system call that writes to a socket',
  writev: 'the system call that writes to a socket',
  '(program)': 'native code: reading sockets, the event loop',
  '(garbage collector)': 'garbage collection',
}

/** What bounds a process, in one sentence. */
export function profileSentence({ idleShare, functions }: ProfileSummary): string {
  const parts = functions.map(({ name, share }) => {
    const explained = EXPLAINED[name]
    return `${percent(share)} \`${name}\`${explained === undefined ? '' : ` (${explained})`}`
  })
  return `idle for ${percent(idleShare)} of the time; of the rest ${parts.join(', ')}`
}
