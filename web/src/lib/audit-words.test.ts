import { expect, test } from 'vitest'
import { auditDetails, auditWords } from './audit-words.ts'

test('each action has words, and one that is not known shows its name', () => {
  expect(auditWords('member.banned')).toBe('banned')
  expect(auditWords('room.painted')).toBe('room.painted')
})

test('the details that say something are said', () => {
  const of = (details: Record<string, unknown> | undefined) => auditDetails(details ? { details } : {}, 'UTC')
  expect(of({ in_force: true, until: '2026-11-21T18:30:00.000Z' })).toMatch(
    /^until Saturday,? 21 November 2026 at 18:30:00/,
  )
  expect(of({ in_force: true, until: null })).toBe('until it is lifted')
  expect(of({ in_force: false })).toBe('it is in force no more')
  expect(of({ words: ['a', 'b'] })).toBe('2 words')
  expect(of({ words: ['a'] })).toBe('1 word')
  expect(of({ added: ['a', 'b'], removed: [] })).toBe('added “a”, “b”')
  expect(of({ added: ['a'], removed: Array.from({ length: 12 }, () => 'b') })).toMatch(
    /^added “a”; removed (“b”, ){9}“b” and 2 more$/,
  )
  expect(of({ other: 1 })).toBeUndefined()
  expect(of(undefined)).toBeUndefined()
})
