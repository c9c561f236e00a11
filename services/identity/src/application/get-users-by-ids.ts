import type { UserId } from '@glasshouse/kernel'
import type { Account, AccountRole, AccountState } from '../domain/account.ts'
import type { AccountStore } from './ports.ts'

const IDS_PER_QUERY_MAX = 500

/** What other services keep of a person. `version` says which of two is newer. */
export interface PersonSummary {
  readonly id: UserId
  readonly username: string
  readonly displayName: string
  readonly bot: boolean
  readonly role: AccountRole
  readonly state: AccountState
  readonly version: number
  readonly accountCreatedAtMs: number
}

/** Those of the people who exist, in no order. */
export async function getUsersByIds(
  accounts: Pick<AccountStore, 'findMany'>,
  ids: readonly UserId[],
): Promise<readonly PersonSummary[]> {
  const people: PersonSummary[] = []
  for (let start = 0; start < ids.length; start += IDS_PER_QUERY_MAX) {
    for (const account of await accounts.findMany(ids.slice(start, start + IDS_PER_QUERY_MAX))) {
      people.push(toSummary(account))
    }
  }
  return people
}

function toSummary({ id, username, displayName, bot, role, state, version, createdAtMs }: Account): PersonSummary {
  return { id, username, displayName, bot, role, state, version, accountCreatedAtMs: createdAtMs }
}
