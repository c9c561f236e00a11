import { transaction, type Pool, type Queryable } from '@glasshouse/platform'
import type { AttemptKeys, AttemptOutcome, AttemptStore, RecentFailures } from '../application/ports.ts'

/** Always locked in this order, so two attempts never wait for each other. */
const LOCK_ACCOUNT = 0x69_64_00_03
const LOCK_ADDRESS = 0x69_64_00_04

export class PostgresAttemptStore implements AttemptStore {
  readonly #pool: Pool

  constructor(options: { readonly pool: Pool }) {
    this.#pool = options.pool
  }

  recent(keys: AttemptKeys, sinceMs: number, limit: number): Promise<RecentFailures> {
    return readRecent(this.#pool, keys, sinceMs, limit)
  }

  async settle<Outcome extends AttemptOutcome>(
    keys: AttemptKeys,
    window: { readonly nowMs: number; readonly sinceMs: number; readonly limit: number },
    decide: (recent: RecentFailures) => Outcome,
  ): Promise<Outcome> {
    return await transaction(this.#pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [LOCK_ACCOUNT, keys.account])
      await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [LOCK_ADDRESS, keys.address])
      const outcome = decide(await readRecent(client, keys, window.sinceMs, window.limit))
      if (outcome === 'failed') {
        await client.query(
          'insert into identity.sign_in_failures (account_key, address_key, failed_at) values ($1, $2, $3)',
          [keys.account, keys.address, new Date(window.nowMs)],
        )
      }
      if (outcome === 'succeeded') await forget(client, keys.account)
      return outcome
    })
  }

  forget(account: string): Promise<void> {
    return forget(this.#pool, account)
  }

  async removeBefore(beforeMs: number, limit: number): Promise<number> {
    const { rowCount } = await this.#pool.query(
      `delete from identity.sign_in_failures where id = any(array(
         select id from identity.sign_in_failures where failed_at < $1 order by failed_at limit $2))`,
      [new Date(beforeMs), limit],
    )
    return rowCount ?? 0
  }
}

async function forget(client: Queryable, account: string): Promise<void> {
  await client.query('delete from identity.sign_in_failures where account_key = $1', [account])
}

async function readRecent(
  client: Queryable,
  keys: AttemptKeys,
  sinceMs: number,
  limit: number,
): Promise<RecentFailures> {
  const { rows } = await client.query<{ of_account: boolean; failed_at: Date }>({
    name: 'identity-recent-failures',
    text: `(select true as of_account, failed_at from identity.sign_in_failures
            where account_key = $1 and failed_at > $3 order by failed_at desc limit $4)
           union all
           (select false, failed_at from identity.sign_in_failures
            where address_key = $2 and failed_at > $3 order by failed_at desc limit $4)`,
    values: [keys.account, keys.address, new Date(sinceMs), limit],
  })
  const times = (ofAccount: boolean): readonly number[] =>
    rows.filter((row) => row.of_account === ofAccount).map((row) => row.failed_at.getTime())
  return { accountMs: times(true), addressMs: times(false) }
}
