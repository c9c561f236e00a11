import { setTimeout as delay } from 'node:timers/promises'
import type { Service } from '@glasshouse/kernel'
import pg from 'pg'
import { fullJitterMs } from './backoff.ts'
import { oneLine } from './embedded-postgres-error.ts'
import { transaction, type Pool } from './postgres.ts'

/**
 * The relay of a transactional outbox. A service writes its events into `<schema>.outbox` in the transaction of the change that they
 * tell of; the relay hands them to `deliver`. Each round is one transaction:
 *
 *   delete the oldest rows (skipping those that another relay has) -> deliver them, in the order of their ids -> commit
 *
 * So a crash anywhere before the commit brings the rows back: each event is delivered at least once, and consumers must bear
 * repeats. There is no "last id delivered": ids are given when a row is written, and a transaction that commits late would bring
 * a lower id than that mark, which would never be seen. What is in the table is what is left to do.
 *
 * The table is made by its owner's migration:
 *
 *   create table outbox (
 *     id bigint generated always as identity primary key,
 *     topic text not null, key uuid not null, version bigint not null, payload jsonb,
 *     created_at timestamptz not null default now()
 *   )
 */
export interface OutboxEvent {
  readonly id: number
  readonly topic: string
  /** Of what it tells: events of one key are in the order of `version`. */
  readonly key: string
  readonly version: number
  readonly payload: unknown
  readonly createdAt: Date
}

export interface OutboxRelayOptions {
  readonly pool: Pool
  readonly schema: string
  /** May be called again with the same events. Resolves when all of them have taken effect. */
  readonly deliver: (events: readonly OutboxEvent[]) => Promise<void>
  readonly batchMax: number
  /** How often to look without having been poked, which finds what a killed process left. */
  readonly pollIntervalMs: number
  /** A delivery that takes longer has failed. Must be well below the pool's `idleInTransactionTimeoutMs`. */
  readonly deliverTimeoutMs?: number
  readonly log: (line: string) => void
}

export interface OutboxRelay extends Service {
  /** Starts the relay's loop, and resolves at once. */
  run(): Promise<void>
  /** Delivers what is there, as far as it can be delivered at once, and ends the loop. */
  drain(): Promise<void>
  /** Ends the loop after the round that is under way. */
  stop(): Promise<void>
  /** There may be new rows: look now. Call it after a commit; many calls during a round are one. */
  poke(): void
}

const DELIVER_TIMEOUT_MS = 30_000
const BACKOFF = { baseMs: 100, maxMs: 5_000 }

interface OutboxRow {
  readonly id: number
  readonly topic: string
  readonly key: string
  readonly version: number
  readonly payload: unknown
  readonly created_at: Date
}

export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { pool, schema, batchMax, pollIntervalMs, log } = options
  const table = `${pg.escapeIdentifier(schema)}.outbox`
  // The subquery stands in array(): so it is run once. In `in (...)` the planner may run it again for each row, with a new limit.
  const takeBatch = {
    name: `outbox-${schema}`,
    text: `delete from ${table}
      where id = any (array(select id from ${table} order by id limit $1 for update skip locked))
      returning id, topic, key, version, payload, created_at`,
    values: [batchMax],
  }
  let mode: 'running' | 'draining' | 'stopping' = 'running'
  let poked = false
  let wake: (() => void) | undefined
  let loop: Promise<void> | undefined
  let failures = 0

  const round = async (): Promise<number> =>
    transaction(pool, async (client) => {
      const { rows } = await client.query<OutboxRow>(takeBatch)
      if (rows.length === 0) return 0
      const events = rows.map(toEvent).toSorted((a, b) => a.id - b.id)
      await within(options.deliver(events), options.deliverTimeoutMs ?? DELIVER_TIMEOUT_MS)
      return events.length
    })

  const pause = async (timeoutMs: number, wakeable: boolean): Promise<void> => {
    if (mode !== 'running' || (wakeable && poked)) return
    const woken = new Promise<void>((resolve) => {
      wake = () => {
        // While it backs off from a failure, pokes do not hurry it; its end does.
        if (wakeable || mode !== 'running') resolve()
      }
    })
    const cancel = new AbortController()
    await Promise.race([woken, delay(timeoutMs, undefined, { signal: cancel.signal }).catch(() => undefined)])
    cancel.abort()
    wake = undefined
  }

  const work = async (): Promise<void> => {
    for (;;) {
      if (mode === 'stopping') return
      poked = false
      try {
        const delivered = await round()
        failures = 0
        if (delivered === batchMax) continue
        if (mode === 'draining' && !poked) return
        await pause(pollIntervalMs, true)
      } catch (error) {
        const waitMs = fullJitterMs(failures++, BACKOFF)
        log(
          `outbox ${schema}: delivery failed ${failures} times in a row, again in ${Math.round(waitMs)} ms: ${oneLine(error)}`,
        )
        if (mode !== 'running') return
        await pause(waitMs, false)
      }
    }
  }

  const end = async (how: 'draining' | 'stopping'): Promise<void> => {
    if (mode !== 'stopping') mode = how
    wake?.()
    await loop
  }

  return {
    name: `outbox-${schema}`,
    async run() {
      loop ??= work()
    },
    drain: () => end('draining'),
    stop: () => end('stopping'),
    poke() {
      poked = true
      wake?.()
    },
  }
}

function toEvent(row: OutboxRow): OutboxEvent {
  const { id, topic, key, version, payload, created_at: createdAt } = row
  return { id, topic, key, version, payload, createdAt }
}

async function within(delivery: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`delivery took longer than ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([delivery, late])
  } finally {
    clearTimeout(timer)
  }
}
