import { DEMO_USER_ID } from '@glasshouse/contracts'
import { assert, err, ok, type AuthSessionId, type Result, type UserId } from '@glasshouse/kernel'
import { transaction, type Pool, type Queryable } from '@glasshouse/platform'
import { userCreated, userUpdated } from '../application/account-views.ts'
import type {
  AccountPage,
  AccountStore,
  Credentials,
  HouseAccount,
  ImportedAccount,
  KnownImport,
  ImportedPerson,
  NewAccount,
  PasswordChange,
  Taken,
} from '../application/ports.ts'
import type { Account } from '../domain/account.ts'
import type { DisplayName } from '../domain/display-name.ts'
import { nameKey, type NameKey } from '../domain/name-key.ts'
import { findImported, insertImported, insertNumbered } from './postgres-account-import.ts'
import { insertUnlessTaken } from './postgres-account-insert.ts'
import { endSessions, writeEvents } from './postgres-outbox.ts'
import { ACCOUNT_COLUMNS, toAccount, type AccountRow } from './postgres-rows.ts'

export interface PostgresStoreOptions {
  readonly pool: Pool
  /** Called after each commit that wrote events. */
  readonly onEventsWritten: () => void
}

/** Classes of advisory locks; each is held to the end of its transaction. */
const LOCK_ADMINS = 0x69_64_00_01
const LOCK_IMPORT = 0x69_64_00_02

const IDS_MAX = 500
export class PostgresAccountStore implements AccountStore {
  readonly #pool: Pool
  readonly #onEventsWritten: () => void

  constructor(options: PostgresStoreOptions) {
    this.#pool = options.pool
    this.#onEventsWritten = options.onEventsWritten
  }

  create(account: NewAccount): Promise<Result<Account, Taken>> {
    return this.#committed(() =>
      transaction(this.#pool, async (client) => {
        // Administrators are made one after the other, so that `createFirstAdmin` cannot miss one that is under way.
        if (account.role === 'admin') await lock(client, LOCK_ADMINS)
        return await insertRegistered(client, account)
      }),
    )
  }

  createFirstAdmin(account: NewAccount): Promise<Result<Account, Taken | 'admin_exists'>> {
    assert(account.role === 'admin', 'the first administrator is an administrator')
    return this.#committed(() =>
      transaction(this.#pool, async (client) => {
        await lock(client, LOCK_ADMINS)
        if (await hasAdmin(client)) return err('admin_exists')
        return await insertRegistered(client, account)
      }),
    )
  }

  hasAdmin(): Promise<boolean> {
    return hasAdmin(this.#pool)
  }

  findTaken(names: { readonly username: NameKey; readonly email: NameKey }): Promise<Taken | undefined> {
    return findTaken(this.#pool, names)
  }

  async find(id: UserId): Promise<Account | undefined> {
    return (await this.findMany([id]))[0]
  }

  async findMany(ids: readonly UserId[]): Promise<readonly Account[]> {
    assert(ids.length <= IDS_MAX, `at most ${IDS_MAX} ids at a time`)
    const { rows } = await this.#pool.query<AccountRow>({
      name: 'identity-find-many',
      text: `select ${ACCOUNT_COLUMNS} from identity.users u where u.id = any($1::uuid[])`,
      values: [ids],
    })
    return rows.map(toAccount)
  }

  async findCredentials(login: NameKey): Promise<Credentials | undefined> {
    // An imported name may look like somebody's address: what is a name is tried as a name first, always the same way.
    const { rows } = await this.#pool.query<AccountRow & { readonly password_hash: string | null }>({
      name: 'identity-find-credentials',
      text: `select ${ACCOUNT_COLUMNS}, u.password_hash from identity.users u
             where u.username_key = $1 or u.email_key = $1 order by (u.username_key = $1) desc limit 1`,
      values: [login],
    })
    const row = rows[0]
    return row === undefined ? undefined : { account: toAccount(row), passwordHash: row.password_hash }
  }

  async credentialsOf(id: UserId): Promise<Credentials | undefined> {
    const { rows } = await this.#pool.query<AccountRow & { readonly password_hash: string | null }>({
      name: 'identity-credentials-of',
      text: `select ${ACCOUNT_COLUMNS}, u.password_hash from identity.users u where u.id = $1`,
      values: [id],
    })
    const row = rows[0]
    return row === undefined ? undefined : { account: toAccount(row), passwordHash: row.password_hash }
  }

  async findByUsername(username: NameKey): Promise<Account | undefined> {
    const { rows } = await this.#pool.query<AccountRow>(
      `select ${ACCOUNT_COLUMNS} from identity.users u where u.username_key = $1`,
      [username],
    )
    return rows[0] === undefined ? undefined : toAccount(rows[0])
  }

  async page(query: {
    readonly prefix: NameKey
    readonly after: UserId | undefined
    readonly limit: number
  }): Promise<AccountPage | undefined> {
    let afterKey = ''
    if (query.after !== undefined) {
      const last = await this.#pool.query<{ username_key: string }>(
        'select username_key from identity.users where id = $1',
        [query.after],
      )
      if (last.rows[0] === undefined) return undefined
      afterKey = last.rows[0].username_key
    }
    const { rows } = await this.#pool.query<AccountRow>(
      `select ${ACCOUNT_COLUMNS} from identity.users u
       where u.state = 'active' and u.username_key > $1 and u.id <> $4
         and ($2 = '' or starts_with(u.username_key, $2) or starts_with(u.display_name_key, $2))
       order by u.username_key limit $3`,
      [afterKey, query.prefix, query.limit + 1, DEMO_USER_ID],
    )
    return { accounts: rows.slice(0, query.limit).map(toAccount), more: rows.length > query.limit }
  }

  async importedPeople(source: string): Promise<readonly KnownImport[]> {
    const { rows } = await this.#pool.query<{
      id: UserId
      username: string
      display_name: string
      external_id: string
    }>('select id, username, display_name, external_id from identity.users where source = $1', [source])
    return rows.map((row) => {
      return { userId: row.id, username: row.username, displayName: row.display_name, externalId: row.external_id }
    })
  }

  async hasAccounts(): Promise<boolean> {
    const { rows } = await this.#pool.query<{ found: boolean }>(
      'select exists (select from identity.users where not (bot and source is null)) as found',
    )
    return rows[0]?.found === true
  }

  importPeople(
    source: string,
    people: readonly ImportedPerson[],
    nowMs: number,
  ): Promise<ReadonlyMap<string, ImportedAccount>> {
    return this.#committed(() =>
      transaction(this.#pool, async (client) => {
        // Two imports at once would both find somebody missing.
        await lock(client, LOCK_IMPORT)
        const accounts = await findImported(client, source, people)
        const created: Account[] = []
        for (const person of people) {
          if (accounts.has(person.externalId)) continue
          const account = await insertImported(client, { source, person, nowMs })
          created.push(account)
          accounts.set(person.externalId, { userId: account.id, username: account.username })
        }
        await writeEvents(
          client,
          created.map((account) => ({ event: userCreated(account), version: account.version })),
        )
        return accounts
      }),
    )
  }

  ensureHouseAccount({ id, username, displayName }: HouseAccount, nowMs: number): Promise<void> {
    return this.#committed(() =>
      transaction(this.#pool, async (client) => {
        await lock(client, LOCK_IMPORT)
        const { rowCount } = await client.query('select from identity.users where id = $1', [id])
        if (rowCount !== 0) return
        const created = await insertNumbered(client, {
          id,
          username,
          displayName,
          email: null,
          role: 'guest',
          passwordHash: null,
          createdAtMs: nowMs,
          state: 'active',
          bot: true,
          source: null,
          externalId: null,
        })
        await writeEvents(client, [{ event: userCreated(created), version: created.version }])
      }),
    )
  }

  setPassword(id: UserId, passwordHash: string, nowMs: number): Promise<readonly AuthSessionId[]> {
    return this.#committed(() =>
      transaction(this.#pool, async (client) => {
        // The row's lock first: a sign-in with the old password holds it until its session can be seen, and ended, here.
        const { rows } = await client.query<AccountRow>(
          `update identity.users u set password_hash = $2, version = version + 1, updated_at = $3 where id = $1
           returning ${ACCOUNT_COLUMNS}`,
          [id, passwordHash, new Date(nowMs)],
        )
        const row = rows[0]
        if (row === undefined) return []
        const account = toAccount(row)
        await writeEvents(client, [{ event: userUpdated(account), version: account.version }])
        return await endSessions(client, { sql: 's.user_id = $2', values: [id] }, nowMs)
      }),
    )
  }

  changePassword(change: PasswordChange, nowMs: number): Promise<readonly AuthSessionId[] | undefined> {
    return this.#committed(() =>
      transaction(this.#pool, async (client) => {
        // The row's lock first, as in `setPassword`. Of two changes at once the second finds another password than it proved.
        const { rows } = await client.query<AccountRow>({
          name: 'identity-change-password',
          text: `update identity.users u set password_hash = $3, version = version + 1, updated_at = $4
                 where id = $1 and state = 'active' and password_hash = $2 returning ${ACCOUNT_COLUMNS}`,
          values: [change.id, change.provenPasswordHash, change.passwordHash, new Date(nowMs)],
        })
        if (rows[0] === undefined) return undefined
        const account = toAccount(rows[0])
        await writeEvents(client, [{ event: userUpdated(account), version: account.version }])
        const others = { sql: 's.user_id = $2 and s.id <> $3', values: [change.id, change.keptSessionId] }
        return await endSessions(client, others, nowMs)
      }),
    )
  }

  setDisplayName(id: UserId, displayName: DisplayName, nowMs: number): Promise<Account | undefined> {
    return this.#committed(() =>
      transaction(this.#pool, async (client) => {
        const { rows } = await client.query<AccountRow>({
          name: 'identity-set-display-name',
          text: `update identity.users u
                 set display_name = $2, display_name_key = $3, version = version + 1, updated_at = $4
                 where id = $1 and state = 'active' and display_name <> $2 returning ${ACCOUNT_COLUMNS}`,
          values: [id, displayName, nameKey(displayName), new Date(nowMs)],
        })
        if (rows[0] !== undefined) {
          const account = toAccount(rows[0])
          await writeEvents(client, [{ event: userUpdated(account), version: account.version }])
          return account
        }
        const same = await client.query<AccountRow>({
          name: 'identity-find-active',
          text: `select ${ACCOUNT_COLUMNS} from identity.users u where u.id = $1 and u.state = 'active'`,
          values: [id],
        })
        return same.rows[0] === undefined ? undefined : toAccount(same.rows[0])
      }),
    )
  }

  async #committed<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const answer = await work()
    this.#onEventsWritten()
    return answer
  }
}

async function lock(client: Queryable, lockClass: number): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1, 0)', [lockClass])
}

async function hasAdmin(client: Queryable): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (select from identity.users where role = 'admin') as found`,
  )
  return rows[0]?.found === true
}

async function findTaken(
  client: Queryable,
  names: { readonly username: NameKey; readonly email: NameKey | null },
): Promise<Taken | undefined> {
  const { rows } = await client.query<{ username: boolean; email: boolean }>(
    `select exists (select from identity.users where username_key = $1) as username,
            exists (select from identity.users where email_key = $2) as email`,
    [names.username, names.email],
  )
  if (rows[0]?.username === true) return 'username_taken'
  return rows[0]?.email === true ? 'email_taken' : undefined
}

async function insertRegistered(client: Queryable, account: NewAccount): Promise<Result<Account, Taken>> {
  const created = await insertUnlessTaken(client, {
    ...account,
    state: 'active',
    bot: false,
    source: null,
    externalId: null,
  })
  if (created === undefined) {
    const taken = await findTaken(client, {
      username: nameKey(account.username),
      email: account.email === null ? null : nameKey(account.email),
    })
    assert(taken !== undefined, 'an account that could not be inserted meets one that has its name or address')
    return err(taken)
  }
  await writeEvents(client, [{ event: userCreated(created), version: created.version }])
  return ok(created)
}
