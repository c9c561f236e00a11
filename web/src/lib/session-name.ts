import type { OwnSession } from '@glasshouse/contracts'

/** `Firefox on Linux`, or as much of it as is known. */
export function sessionName({ client, system, kind }: Pick<OwnSession, 'client' | 'system' | 'kind'>): string {
  if (client !== null && system !== null) return `${client} on ${system}`
  return client ?? system ?? (kind === 'browser' ? 'A browser' : 'A program')
}
