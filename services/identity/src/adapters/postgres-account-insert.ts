import type { Queryable } from '@glasshouse/platform'
import type { NewAccount } from '../application/ports.ts'
import type { Account } from '../domain/account.ts'
import { nameKey } from '../domain/name-key.ts'
import { ACCOUNT_COLUMNS, toAccount, type AccountRow } from './postgres-rows.ts'

export interface AccountInsert extends Omit<NewAccount, 'passwordHash'> {
  readonly passwordHash: string | null
  readonly state: Account['state']
  readonly bot: boolean
  readonly source: string | null
  readonly externalId: string | null
}

/** Undefined when the name or the address is taken: no error, since that would end the transaction. */
export async function insertUnlessTaken(client: Queryable, account: AccountInsert): Promise<Account | undefined> {
  const { rows } = await client.query<AccountRow>({
    name: 'identity-insert-user',
    text: `insert into identity.users as u
             (id, username, username_key, display_name, display_name_key, email, email_key, password_hash, role, state, bot,
              source, external_id, version, created_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $14)
           on conflict do nothing returning ${ACCOUNT_COLUMNS}`,
    values: [
      account.id,
      account.username,
      nameKey(account.username),
      account.displayName,
      nameKey(account.displayName),
      account.email,
      account.email === null ? null : nameKey(account.email),
      account.passwordHash,
      account.role,
      account.state,
      account.bot,
      account.source,
      account.externalId,
      new Date(account.createdAtMs),
    ],
  })
  return rows[0] === undefined ? undefined : toAccount(rows[0])
}
