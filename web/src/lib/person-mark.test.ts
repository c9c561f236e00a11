import { expect, test } from 'vitest'
import { hueDegrees, initials } from './person-mark.ts'

test.each([
  ['Ana Okafor', 'AO'],
  ['jo', 'J'],
  ['mary-jane_watson', 'MW'],
  ['Jean Claude van Damme', 'JD'],
  ['山田 太郎', '山太'],
  ['(bot) x', 'BX'],
  ['ß', 'S'],
  ['😀', '?'],
  ['', '?'],
])('initials of %j are %j', (name, expected) => {
  expect(initials(name)).toBe(expected)
})

test('a hue is stable, in range, and ids spread over the colours', () => {
  const ids = Array.from({ length: 400 }, (_, n) => `0190f3c2-0000-7000-8000-${n.toString(16).padStart(12, '0')}`)
  const hues = ids.map(hueDegrees)
  expect(hues).toEqual(ids.map(hueDegrees))
  expect(hues.every((hue) => hue >= 0 && hue < 360)).toBe(true)
  const counts = Map.groupBy(hues, (hue) => hue)
  expect(counts.size).toBeGreaterThanOrEqual(12)
  for (const group of counts.values()) expect(group.length).toBeLessThan(100)
})
