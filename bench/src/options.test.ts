import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'
import { SECTIONS } from './results.ts'

test('everything is measured without options', () => {
  expect(parseOptions([])).toEqual({
    sections: SECTIONS,
    quick: false,
    reportOnly: false,
    minutes: undefined,
    fill: 1_000_000,
  })
})

test('sections are selected, in the order of the report', () => {
  expect(parseOptions(['--only', 'ingest,fan-out', '--quick'])).toEqual({
    sections: ['fan-out', 'ingest'],
    quick: true,
    reportOnly: false,
    minutes: undefined,
    fill: 1_000_000,
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

test('a house is filled with so many messages', () => {
  expect(parseOptions(['--fill', '50000'])).toMatchObject({ sections: ['filled'], fill: 50_000 })
  expect(parseOptions(['--fill=50000', '--only', 'start'])).toMatchObject({ sections: ['start'], fill: 50_000 })
  for (const fill of ['', 'all', '999', '1e9', '1000.5']) {
    expect(() => parseOptions(['--fill', fill])).toThrow(/--fill must be a number of messages from 1000/)
  }
})
