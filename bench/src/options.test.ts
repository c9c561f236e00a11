import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'
import { SECTIONS } from './results.ts'

test('everything is measured without options', () => {
  expect(parseOptions([])).toEqual({ sections: SECTIONS, quick: false, reportOnly: false })
})

test('sections are selected, in the order of the report', () => {
  expect(parseOptions(['--only', 'ingest,fan-out', '--quick'])).toEqual({
    sections: ['fan-out', 'ingest'],
    quick: true,
    reportOnly: false,
  })
  expect(parseOptions(['--only=start']).sections).toEqual(['start'])
})

test('what is not known is refused, with what is', () => {
  expect(() => parseOptions(['--fast'])).toThrow(/no option --fast.*--only/)
  expect(() => parseOptions(['--only', 'fan-out,fanin'])).toThrow(/no section "fanin".*fan-out/)
  expect(() => parseOptions(['--only'])).toThrow(/no section ""/)
})
