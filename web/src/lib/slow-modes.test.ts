import { expect, test } from 'vitest'
import { parseSlowMode, slowModes } from './slow-modes.ts'

test('each choice reads as what it says; what a program has set can stay as it is', () => {
  expect(slowModes({ count: 1, window_s: 60 }).find(({ isCurrent }) => isCurrent)?.label).toBe('One message a minute')
  expect(slowModes({ count: 50, window_s: 10 })[0]).toEqual({
    value: 'keep',
    label: 'As it is: 50 in 10 seconds',
    isCurrent: true,
  })
  expect(parseSlowMode('')).toBeNull()
  expect(parseSlowMode('1/300')).toEqual({ count: 1, window_s: 300 })
  for (const text of ['keep', '2/10', '1/7', 'x']) expect(parseSlowMode(text)).toBeUndefined()
})
