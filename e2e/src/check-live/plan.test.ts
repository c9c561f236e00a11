import { expect, it } from 'vitest'
import { readOptions } from './options.ts'
import { Plan } from './plan.ts'

function decisions(seed: number): unknown {
  const plan = new Plan({ seed, clients: 6, restartEveryMs: 5_000 })
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
  const plan = new Plan({ seed: 1, clients: 4, restartEveryMs: 1_000 })
  const kinds = new Set<string>()
  const steps = plan.steps(1)
  for (let count = 0; count < 1_000; count++) kinds.add(steps.next().value.action.kind)
  const all = ['drop', 'freeze', 'repeat', 'send', 'send_twice', 'subscribe', 'unsubscribe']
  expect([...kinds].toSorted()).toEqual(all)
  const [first, second, third] = plan.faults()
  expect([first?.kind, second?.kind, third?.kind]).toEqual(['kill', 'stop', 'kill_database'])
})

it('never ends a server that is not to be ended', () => {
  expect([...new Plan({ seed: 1, clients: 4, restartEveryMs: 0 }).faults()]).toEqual([])
})

it.each([
  [['--clients', 'many'], '--clients must be a whole number from 2 to 5000'],
  [['--clients', '1'], '--clients must be a whole number from 2 to 5000'],
  [['--seed', '-1'], /--seed/],
  [['--minutes', '0'], /--minutes must be/],
  [['--minutes', '1', '--seconds', '5'], 'give --minutes or --seconds, not both'],
  [['--restart-every', 'x'], /--restart-every/],
  [['--plant', 'x'], '--plant must be lost or swapped'],
  [['--what', 'x'], /--what/],
])('says what is wrong with %j', (args, message) => {
  const read = readOptions(args)
  expect(typeof read).toBe('string')
  expect(read).toMatch(message)
})

it('takes what it is asked', () => {
  const args = ['--seed', '9', '--clients', '200', '--minutes', '10', '--restart-every', '30']
  expect(readOptions(args)).toEqual({ seed: 9, clients: 200, durationMs: 600_000, restartEveryMs: 30_000 })
})
