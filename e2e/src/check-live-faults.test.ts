/**
 * The checker over each fault of the machine that a server stands on, at a small size: a process that stands still, a disk that is
 * full, a database that is away, silent or slow, a clock that steps. Nothing that was acknowledged is lost, and all goes on by itself.
 */
import { describe, expect, test } from 'vitest'
import { runChecker, type CheckerOutcome } from './run-checker.ts'
import { whyNoSmallDisk } from './small-disk.ts'
import { whyNoSteppedClock } from './stepped-clock.ts'

const SEED = '20261121'
const FAULT_S = 2

async function check(faults: readonly string[], database: string): Promise<CheckerOutcome> {
  const outcome = await runChecker(
    `--seed ${SEED} --clients 12 --seconds 4 --restart-every 1 --fault-seconds ${FAULT_S} ` +
      `--faults ${faults.join(',')} --database ${database}`,
  )
  expect(outcome.output.trimEnd().split('\n').at(-1), outcome.output).toBe('0 lost, 0 repeated, 0 out of order')
  expect(outcome.code).toBe(0)
  for (const fault of faults) expect(Number(outcome.row(`fault ${fault}`)), fault).toBeGreaterThan(0)
  expect(Number(outcome.row('acknowledged'))).toBeGreaterThan(0)
  return outcome
}

// What cannot be done here counts as skipped, and says why; CI allows none.
const noDisk = whyNoSmallDisk()
const noClock = whyNoSteppedClock()

describe('a database of its own', () => {
  test('server and PostgreSQL stand still: heartbeats notice it, and everybody comes back', async () => {
    const { row } = await check(['freeze-server', 'freeze-postgres'], 'embedded')
    expect(Number(row('SDK connections that a missed heartbeat ended'))).toBeGreaterThan(0)
  })

  test('a full disk', async ({ skip }) => {
    skip(noDisk !== undefined, noDisk)
    const { row } = await check(['full-disk'], 'embedded')
    expect(Number(row('sends refused for now'))).toBeGreaterThan(0)
  })
})

describe('an external database', () => {
  test('killed, cut off, silent, slow', async () => {
    await check(['kill-postgres', 'cut-database', 'stall-database', 'slow-database'], 'external')
  })

  test('its clock and that of the server step by an hour, and back', async ({ skip }) => {
    skip(noClock !== undefined, noClock)
    const { row } = await check(['clock-step'], 'external')
    expect(Number(row('messages stamped by a stepped clock'))).toBeGreaterThan(0)
  })
})
