import { newId, type UserId } from '@glasshouse/kernel'
import type { Queryable } from '@glasshouse/platform'
import type { ImportedAccount, ImportedPerson } from '../application/ports.ts'
import type { Account } from '../domain/account.ts'
import { parseEmail } from '../domain/email-address.ts'
import { importedName, numberedName } from '../domain/imported-name.ts'
import { nameKey } from '../domain/name-key.ts'
import { insertUnlessTaken, type AccountInsert } from './postgres-account-insert.ts'

/** Somebody may register a name between the look and the insert; more often than this in a row is a bug. */
const IMPORT_ATTEMPTS_MAX = 100

export async function findImported(
  client: Queryable,
  source: string,
  people: readonly ImportedPerson[],
): Promise<Map<string, ImportedAccount>> {
  const { rows } = await client.query<{ external_id: string; id: UserId; username: string }>(
    'select external_id, id, username from identity.users where source = $1 and external_id = any($2::text[])',
    [source, people.map(({ externalId }) => externalId)],
  )
  return new Map(rows.map(({ external_id, id, username }) => [external_id, { userId: id, username }]))
}

/** Under the lock of imports, so that only people who register compete for the names. */
export async function insertImported(
  client: Queryable,
  { source, person, nowMs }: { readonly source: string; readonly person: ImportedPerson; readonly nowMs: number },
): Promise<Account> {
  const wanted = importedName(person.username)
  const parsedEmail = parseEmail(person.email ?? '')
  return await insertNumbered(client, {
    id: newId<UserId>(nowMs),
    username: wanted,
    displayName: importedName(person.displayName === '' ? person.username : person.displayName),
    email: parsedEmail.ok ? parsedEmail.value : null,
    role: 'user',
    passwordHash: null,
    createdAtMs: nowMs,
    state: person.disabled ? 'disabled' : 'active',
    bot: person.bot,
    source,
    externalId: person.externalId,
  })
}

/** Under the lock of imports as well: with the name that it has, or that with a number when it is taken. */
export async function insertNumbered(client: Queryable, account: AccountInsert): Promise<Account> {
  for (let attempt = 1; attempt <= IMPORT_ATTEMPTS_MAX; attempt += 1) {
    const names = attempt === 1 ? account : { ...account, ...(await freeNames(client, account)) }
    const created = await insertUnlessTaken(client, names)
    if (created !== undefined) return created
  }
  throw new Error(`no free name was found for ${account.username} after ${IMPORT_ATTEMPTS_MAX} attempts`)
}

/** The first free one of `name`, `name-2`, `name-3`, ..., and the address, or null when that is taken. */
async function freeNames(
  client: Queryable,
  account: AccountInsert,
): Promise<{ readonly username: string; readonly email: string | null }> {
  const emailTaken =
    account.email !== null &&
    (
      await client.query<{ found: boolean }>(
        'select exists (select from identity.users where email_key = $1) as found',
        [nameKey(account.email)],
      )
    ).rows[0]?.found === true
  // Ten times as many each round: a name that a thousand have costs four queries.
  for (let from = 1, count = 10; ; from += count, count *= 10) {
    const candidates = Array.from({ length: count }, (_, index) => numberedName(account.username, from + index))
    const { rows } = await client.query<{ username_key: string }>(
      'select username_key from identity.users where username_key = any($1::text[])',
      [candidates.map(nameKey)],
    )
    const taken = new Set(rows.map(({ username_key }) => username_key))
    const free = candidates.find((candidate) => !taken.has(nameKey(candidate)))
    if (free !== undefined) return { username: free, email: emailTaken ? null : account.email }
  }
}
