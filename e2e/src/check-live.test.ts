/** The checker at a small size, as a program: a real server that is killed and stopped under it, and nothing lost. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('./check-live/main.ts', import.meta.url))
const SEED = '20261120'

interface Outcome {
  readonly code: number | null
  readonly output: string
  /** A row of the table. */
  readonly row: (name: string) => string
}

async function check(args: string): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args.split(' ')], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const add = (chunk: Buffer): void => void (output += chunk.toString('utf8'))
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed)
    child.on('close', done)
  })
  const row = (name: string): string => new RegExp(`^${name} {2,}(.+)$`, 'm').exec(output)?.[1] ?? `no row in ${output}`
  return { code, output, row }
}

test('12 clients, a kill -9, a SIGTERM, a kill -9 of the database: 0 lost, 0 repeated, 0 out of order', async () => {
  const { code, output, row } = await check(`--seed ${SEED} --clients 12 --seconds 12 --restart-every 4`)
  expect(output.trimEnd().split('\n').at(-1)).toBe('0 lost, 0 repeated, 0 out of order')
  expect(code).toBe(0)
  // It tried something.
  expect(row('server killed / stopped, and started again')).toMatch(/^[1-9]\d* \/ [1-9]\d*$/)
  for (const happened of [
    'database killed',
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
  const { code, output } = await check(`--seed ${SEED} --clients 4 --seconds 3 --restart-every 0 --plant ${plant}`)
  expect(code).toBe(1)
  expect(output).toMatch(/^FAULT lost: client \d+ did not see \d+ \(.+\) of channel \d+/m)
  expect(output).toContain(
    `repeat with: npm run check:live -- --seed ${SEED} --clients 4 --seconds 3 --restart-every 0`,
  )
})
