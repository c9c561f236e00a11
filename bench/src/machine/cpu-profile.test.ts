import { expect, test } from 'vitest'
import { summarize } from './cpu-profile.ts'

const node = (id: number, functionName: string, url = '') => ({ id, callFrame: { functionName, url, lineNumber: 9 } })

test('idle time is told apart, and the rest is shared among the functions, greatest first', () => {
  const summary = summarize({
    nodes: [node(1, '(idle)'), node(2, 'write', 'file:///a/b/src/queue.ts'), node(3, 'writev'), node(4, 'writev')],
    samples: [1, 2, 3, 4, 1],
    timeDeltas: [100, 200, 300, 500, 900],
  })
  expect(summary.idleShare).toBe(0.5)
  expect(summary.functions).toEqual([
    { name: 'writev', share: 0.8 },
    { name: 'write (src/queue.ts:10)', share: 0.2 },
  ])
})

test('a profile without samples has no functions', () => {
  expect(summarize({ nodes: [], samples: [], timeDeltas: [] })).toEqual({ idleShare: 0, functions: [] })
})
