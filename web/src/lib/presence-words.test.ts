import { expect, test } from 'vitest'
import { statusLine, typingLine } from './presence-words.ts'

test.each([
  [[], ''],
  [['Ana'], 'Ana is typing…'],
  [['Ana', 'Lin'], 'Ana and Lin are typing…'],
  [['Ana', 'Lin', 'Tomás'], 'Ana, Lin and one other are typing…'],
  [['Ana', 'Lin', 'Tomás', 'Jo'], 'Ana, Lin and 2 others are typing…'],
])('%j type: %s', (names, line) => {
  expect(typingLine(names)).toBe(line)
})

test('a status is its emoji and its text', () => {
  const person = { user_id: 'u1', state: 'active' } as const
  expect(statusLine(undefined)).toBe('')
  expect(statusLine(person)).toBe('')
  expect(statusLine({ ...person, status: { text: 'Lunch' } })).toBe('Lunch')
  expect(statusLine({ ...person, status: { emoji: '🌴', text: 'On holiday' } })).toBe('🌴 On holiday')
})
