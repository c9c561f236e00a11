import { expect, test } from 'vitest'
import { countsLine, countTests } from './count-tests.ts'

const file = (name: string, ...statuses: string[]) => ({
  name,
  status: statuses.includes('failed') ? 'failed' : 'passed',
  message: '',
  assertionResults: statuses.map((status) => ({ status })),
})

test('counts what passed and failed', () => {
  const report = { testResults: [file('/a', 'passed', 'passed'), file('/b', 'passed', 'failed')] }
  const counts = countTests({ report, exitCode: 1, testFiles: ['/a', '/b'] })
  expect(countsLine(counts)).toBe('3 passed, 1 failed')
  expect(counts.problems).toEqual([])
})

test.each(['skipped', 'pending', 'todo', 'disabled'])('a test that is %s counts as skipped', (status) => {
  const counts = countTests({ report: { testResults: [file('/a', 'passed', status)] }, exitCode: 0, testFiles: ['/a'] })
  expect(countsLine(counts)).toBe('1 passed, 0 failed, 1 skipped')
})

test('a file that fails outside of its tests is one failure', () => {
  const broken = { name: '/a', status: 'failed', message: 'cannot load', assertionResults: [] }
  const counts = countTests({ report: { testResults: [broken] }, exitCode: 1, testFiles: ['/a'] })
  expect(countsLine(counts)).toBe('0 passed, 1 failed')
  expect(counts.problems).toEqual(['/a failed outside of its tests: cannot load'])
})

test('a file whose hook fails leaves its tests skipped and is one failure', () => {
  const broken = { ...file('/a', 'skipped', 'skipped'), status: 'failed', message: 'no database' }
  const counts = countTests({ report: { testResults: [broken] }, exitCode: 1, testFiles: ['/a'] })
  expect(countsLine(counts)).toBe('0 passed, 1 failed, 2 skipped')
})

test('a file that no project runs is a skipped suite', () => {
  const counts = countTests({ report: { testResults: [file('/a', 'passed')] }, exitCode: 0, testFiles: ['/a', '/b'] })
  expect(countsLine(counts)).toBe('1 passed, 0 failed, 1 skipped')
  expect(counts.problems).toHaveLength(1)
})

test("vitest's own verdict counts when each test passed", () => {
  const counts = countTests({ report: { testResults: [file('/a', 'passed')] }, exitCode: 1, testFiles: ['/a'] })
  expect(countsLine(counts)).toBe('1 passed, 1 failed')
})

test('no report is a failure, and each file did not run', () => {
  const counts = countTests({ report: undefined, exitCode: null, testFiles: ['/a', '/b'] })
  expect(countsLine(counts)).toBe('0 passed, 1 failed, 2 skipped')
})

test('no report is a failure even when vitest says that all is well', () => {
  const counts = countTests({ report: undefined, exitCode: 0, testFiles: [] })
  expect(countsLine(counts)).toBe('0 passed, 1 failed')
})
