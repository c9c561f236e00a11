import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'
import { SECTIONS } from './results.ts'

test('everything is measured without options', () => {
  expect(parseOptions([])).toEqual({ sections: SECTIONS, quick: false, reportOnly: false, minutes: undefined })
})

test('sections are selected, in the order of the report', () => {
  expect(parseOptions(['--only', 'ingest,fan-out', '--quick'])).toEqual({
    sections: ['fan-out', 'ingest'],
    quick: true,
    reportOnly: false,
    minutes: undefined,
  })
  expect(parseOptions(['--only=start']).sections).toEqual(['start'])
})

test('what is not known is refused, with what is', () => {
  expect(() => parseOptions(['--fast'])).toThrow(/no option --fast.*--only/)
  expect(() => parseOptions(['--only', 'fan-out,fanin'])).toThrow(/no section "fanin".*fan-out/)
  expect(() => parseOptions(['--only'])).toThrow(/no section ""/)
})

test('connections come and go for so many minutes, or for a few rounds', () => {
  expect(parseOptions(['--only', 'connections', '--minutes', '60']).minutes).toBe(60)
  expect(parseOptions(['--minutes=0.5']).minutes).toBe(0.5)
  for (const minutes of ['', 'an hour', '0', '-1', '1441']) {
    expect(() => parseOptions(['--minutes', minutes])).toThrow(/--minutes must be a number above 0 and up to 1440/)
  }
})
