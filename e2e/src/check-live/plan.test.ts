import { expect, it } from 'vitest'
import { DEFAULT_FAULTS, FAULT_NAMES } from './faults.ts'
import { commandOf, readOptions } from './options.ts'
import { Plan } from './plan.ts'

function decisions(seed: number): unknown {
  const plan = new Plan({ seed, clients: 6, restartEveryMs: 5_000, faults: DEFAULT_FAULTS })
  const take = <Value>(values: Iterable<Value>, count: number): Value[] => {
    const taken: Value[] = []
    for (const value of values) if (taken.push(value) === count) break
    return taken
  }
  const clients = [0, 1, 2, 3, 4, 5]
  return {
    starts: clients.map((client) => plan.channelsAtStart(client)),
    steps: clients.map((client) => take(plan.steps(client), 200)),
    faults: take(plan.faults(), 20),
  }
}

it('decides the same for the same seed, and something else for another', () => {
  expect(decisions(5)).toEqual(decisions(5))
  expect(decisions(5)).not.toEqual(decisions(6))
})

it('decides all that a client can do, and all that can happen to the server', () => {
  const plan = new Plan({ seed: 1, clients: 4, restartEveryMs: 1_000, faults: FAULT_NAMES })
  const kinds = new Set<string>()
  const steps = plan.steps(1)
  for (let count = 0; count < 1_000; count++) kinds.add(steps.next().value.action.kind)
  const all = ['drop', 'freeze', 'repeat', 'send', 'send_twice', 'subscribe', 'unsubscribe']
  expect([...kinds].toSorted()).toEqual(all)
  const struck: string[] = []
  for (const { name } of plan.faults()) if (struck.push(name) === FAULT_NAMES.length) break
  expect(struck).toEqual(FAULT_NAMES)
})

it('never ends a server that is not to be ended', () => {
  expect([...new Plan({ seed: 1, clients: 4, restartEveryMs: 0, faults: DEFAULT_FAULTS }).faults()]).toEqual([])
})

it.each([
  [['--clients', 'many'], '--clients must be a whole number from 2 to 5000'],
  [['--clients', '1'], '--clients must be a whole number from 2 to 5000'],
  [['--seed', '-1'], /--seed/],
  [['--minutes', '0'], /--minutes must be/],
  [['--minutes', '1', '--seconds', '5'], 'give --minutes or --seconds, not both'],
  [['--restart-every', 'x'], /--restart-every/],
  [['--plant', 'x'], '--plant must be lost or swapped'],
  [['--faults', 'kill-server,flood'], /--faults: there is no "flood"/],
  [['--faults', 'cut-database', '--database', 'embedded'], '--faults: cut-database needs --database external'],
  [['--database', 'other'], '--database must be embedded or external'],
  [['--fault-seconds', '0'], '--fault-seconds must be a whole number from 1 to 300'],
  [['--what', 'x'], /--what/],
])('says what is wrong with %j', (args, message) => {
  const read = readOptions(args)
  expect(typeof read).toBe('string')
  expect(read).toMatch(message)
})

it('takes what it is asked', () => {
  const args = ['--seed', '9', '--clients', '200', '--minutes', '10', '--restart-every', '30']
  const asked = { seed: 9, clients: 200, durationMs: 600_000, restartEveryMs: 30_000, faultMs: 15_000 }
  expect(readOptions(args)).toEqual({ ...asked, faults: DEFAULT_FAULTS, database: 'embedded' })
})

it('takes an external database when a fault needs one, and says how to repeat the run', () => {
  const read = readOptions(['--seed', '9', '--faults', 'kill-postgres,slow-database', '--fault-seconds', '3'])
  if (typeof read === 'string') throw new Error(read)
  expect(read).toMatchObject({ faults: ['kill-postgres', 'slow-database'], database: 'external' })
  expect(readOptions(commandOf(read).split(' ').slice(4))).toEqual(read)
})
