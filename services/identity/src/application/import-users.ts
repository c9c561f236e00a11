import { assert } from '@glasshouse/kernel'
import { storableText } from '../domain/name-key.ts'
import type { IdentityPorts, ImportedAccount, ImportedPerson } from './ports.ts'

/** One transaction each, so that an import of many people does not hold up those who register meanwhile. */
const PEOPLE_PER_TRANSACTION_MAX = 200
const SOURCE_LENGTH_MAX = 200

/**
 * Brings people in from elsewhere. (`source`, `externalId`) says who is who: a second run changes nothing and gives the same answer,
 * and so does one that goes on after a crash. A taken name gets `-2`, `-3`, ...; an address that is taken, or none, becomes null.
 * They have no password, so nobody can sign in as them until an operator sets one. Returns everybody, by `externalId`.
 */
export async function importUsers(
  ports: Pick<IdentityPorts, 'accounts' | 'clock'>,
  source: string,
  people: readonly ImportedPerson[],
): Promise<ReadonlyMap<string, ImportedAccount>> {
  assert(source.length > 0 && source.length <= SOURCE_LENGTH_MAX, 'the source of an import has a name')
  const all = new Map<string, ImportedAccount>()
  for (let start = 0; start < people.length; start += PEOPLE_PER_TRANSACTION_MAX) {
    const batch = people.slice(start, start + PEOPLE_PER_TRANSACTION_MAX)
    const storable = batch.map((person) => ({ ...person, externalId: storableText(person.externalId) }))
    const accounts = await ports.accounts.importPeople(source, storable, ports.clock.nowMs())
    for (const { externalId } of batch) {
      const account = accounts.get(storableText(externalId))
      assert(account !== undefined, 'an import answers for each of its people')
      all.set(externalId, account)
    }
  }
  return all
}
