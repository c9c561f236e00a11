import { newId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { formatTimeCursor, parseTimeCursor } from './time-cursor.ts'

test('a position comes back as it was, imported times before 1970 too', () => {
  for (const timeMs of [0, 1_700_000_000_123, -86_400_000]) {
    const position = { timeMs, id: newId() }
    expect(parseTimeCursor(formatTimeCursor(position))).toEqual(position)
  }
})

test.each(['', 't1', 't1.x', `t1.${newId()} `, `1.${newId()}`, `t1e3.${newId()}`])('%j is none', (text) => {
  expect(parseTimeCursor(text)).toBeUndefined()
})
