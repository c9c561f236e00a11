import { expect, test } from 'vitest'
import { sessionName } from './session-name.ts'

test.each([
  [{ client: 'Firefox', system: 'Linux', kind: 'browser' }, 'Firefox on Linux'],
  [{ client: 'curl', system: null, kind: 'program' }, 'curl'],
  [{ client: null, system: 'Android', kind: 'browser' }, 'Android'],
  [{ client: null, system: null, kind: 'browser' }, 'A browser'],
  [{ client: null, system: null, kind: 'program' }, 'A program'],
] as const)('%j is %s', (session, name) => {
  expect(sessionName(session)).toBe(name)
})
