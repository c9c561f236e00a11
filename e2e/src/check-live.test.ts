/** The checker at a small size, as a program: a real server that is killed and stopped under it, and nothing lost. */
import { expect, test } from 'vitest'
import { runChecker } from './run-checker.ts'

const SEED = '20261120'

test('12 clients, a kill -9, a SIGTERM, a kill -9 of the database: 0 lost, 0 repeated, 0 out of order', async () => {
  const faults = 'kill-server,stop-server,kill-postgres'
  const { code, output, row } = await runChecker(
    `--seed ${SEED} --clients 12 --seconds 12 --restart-every 4 --faults ${faults}`,
  )
  expect(output.trimEnd().split('\n').at(-1)).toBe('0 lost, 0 repeated, 0 out of order')
  expect(code).toBe(0)
  // It tried something.
  for (const happened of [
    'fault kill-server',
    'fault stop-server',
    'fault kill-postgres',
    'acknowledged',
    'changes applied',
    'reconnects',
    'clients frozen',
    'sockets dropped by clients',
  ]) {
    expect(Number(row(happened)), happened).toBeGreaterThan(0)
  }
  expect(output).toContain(`seed ${SEED}`)
  expect(output).toContain('CHANNEL_RATE_LIMIT=10000/10')
})

test.each(['lost', 'swapped'])('a planted fault is found: a message that is %s', async (plant) => {
  const { code, output } = await runChecker(`--seed ${SEED} --clients 4 --seconds 3 --restart-every 0 --plant ${plant}`)
  expect(code).toBe(1)
  expect(output).toMatch(/^FAULT lost: client \d+ did not see \d+ \(.+\) of channel \d+/m)
  expect(output).toContain(
    `repeat with: npm run check:live -- --seed ${SEED} --clients 4 --seconds 3 --restart-every 0`,
  )
})
