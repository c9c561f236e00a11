import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJsonArray } from './json-array.ts'

const isItem = (value: unknown): boolean => typeof value === 'object' && value !== null && 'n' in value
const parse = (text: string): ReturnType<typeof parseJsonArray> => parseJsonArray(text, isItem)

describe('a whole array', () => {
  test('gives its elements and their lines', () => {
    const array = parse('\n[\n  {"n": 1},\n  [2, "],"],\n\n  "}{", 4\n]\n')
    expect(array.elements).toEqual([{ n: 1 }, [2, '],'], '}{', 4])
    expect(array.problems).toEqual([])
    expect([0, 1, 2, 3].map((index) => array.lineOf(index))).toEqual([3, 4, 6, 6])
  })

  test('may be empty', () => {
    expect(parse(' [ ] ')).toMatchObject({ elements: [], problems: [] })
  })
})

describe('what is no array is one problem', () => {
  test.each([
    ['', 'the file is empty'],
    [' \n', 'the file is empty'],
    ['{"n": 1}', 'is not a list'],
    ['7', 'is not a list'],
    ['hello', 'is not JSON'],
    ['{"n": ', 'is not JSON'],
  ])('%j', (text, what) => {
    expect(parse(text)).toMatchObject({ elements: [], problems: [{ line: 1, what }] })
  })
})

describe('a broken element is reported with its line, and the others are kept', () => {
  const item = (n: number): string => `  {\n    "n": ${n},\n    "parts": [{"x": 1}, {"x": 2}]\n  }`
  const [first, third] = [item(1), item(3)]
  const broken: [name: string, text: string][] = [
    ['a comma too many', '  {"n": 2,, "y": 1}'],
    ['no value', '  {"n": }'],
    ['a string without an end', '  {"n": 2, "y": "abc}'],
    ['a string without an end, over lines', '  {\n    "y": "abc,\n    "n": 2\n  }'],
    ['no closing brace', '  {"n": 2, "y": 1'],
    ['no closing brace, over lines', '  {\n    "n": 2,\n    "y": {"z": 1\n  '],
    ['a brace too many', '  {"n": 2}}'],
    ['a bracket too many', '  {"n": 2, "y": 1]]}'],
    ['an opening bracket too many', '  {"n": 2, "y": [[1]}'],
    ['nonsense', '  what is this'],
    ['a raw control character', '  {"n": "\u0001"}'],
  ]
  test.each(broken)('%s', (_name, second) => {
    const array = parse(`[\n${first},\n${second},\n${third}\n]\n`)
    expect(array.elements).toEqual([JSON.parse(first), JSON.parse(third)])
    expect(array.problems.map(({ line }) => line)).toEqual([6])
    expect([0, 1].map((index) => array.lineOf(index))[0]).toBe(2)
  })

  test('also on one line', () => {
    const array = parse(
      '[{"n":1,"p":[{"x":1},{"x":2}]},{"n":2,"p":[{"x":1},{"x":2}]},{"n":3,"y":{"z":1},{"n":4,"p":[{"x":1},{"x":2}]},{"n":5}]',
    )
    expect(array.elements.map((element) => isItem(element) && (element as { n: number }).n)).toEqual([1, 2, 4, 5])
    expect(array.problems).toHaveLength(1)
  })

  test('a missing comma loses nothing', () => {
    expect(parse('[{"n":1} {"n":2}]')).toMatchObject({ elements: [{ n: 1 }, { n: 2 }], problems: [] })
  })

  test('a file that was cut off keeps what was whole', () => {
    expect(parse('[\n{"n":1},\n{"n":2},\n{"n":')).toMatchObject({
      elements: [{ n: 1 }, { n: 2 }],
      problems: [{ line: 4, what: 'is not JSON' }],
    })
    expect(parse('[\n{"n":1},\n{"n":2}\n')).toMatchObject({
      elements: [{ n: 1 }, { n: 2 }],
      problems: [{ line: 4, what: 'the file ends before its list does' }],
    })
  })

  test('objects within a broken element are no elements', () => {
    const array = parse('[\n{"n":1},\n{"list":[{"x":1},{"x":2},{"x":3}], "n" 2},\n{"n":3}\n]')
    expect(array.elements).toEqual([{ n: 1 }, { n: 3 }])
    expect(array.problems).toEqual([{ line: 3, what: 'is not JSON' }])
  })
})

describe('any text', () => {
  const seed = 20_261_120

  test('of JSON characters is read without an exception', () => {
    const text = fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '\n', ' ', '1', 'a', '{"n":1}'), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(text, (pieces) => {
        const array = parse(`[${pieces.join('')}`)
        for (const { line } of array.problems) expect(line).toBeGreaterThan(0)
        for (const index of array.elements.keys()) expect(array.lineOf(index)).toBeGreaterThan(0)
      }),
      { seed, numRuns: 3000 },
    )
  })

  test('that is an array in any layout is that array, with or without a broken element in it', () => {
    const element = fc.record({ n: fc.integer(), value: fc.jsonValue({ maxDepth: 3 }) })
    const indent = fc.constantFrom(0, 1, 4)
    fc.assert(
      fc.property(fc.array(element, { maxLength: 8 }), indent, fc.nat(8), (elements, width, place) => {
        const plain: unknown = JSON.parse(JSON.stringify(elements))
        expect(parse(JSON.stringify(elements, null, width)).elements).toEqual(plain)
        const texts = elements.map((item) => JSON.stringify(item, null, width))
        const at = Math.min(place, texts.length)
        const array = parse(`[\n${texts.toSpliced(at, 0, '{"broken": }').join(',\n')}\n]`)
        expect(array.elements).toEqual(plain)
        const line = 2 + texts.slice(0, at).reduce((lines, text) => lines + text.split('\n').length, 0)
        expect(array.problems).toEqual([{ line, what: 'is not JSON' }])
      }),
      { seed, numRuns: 500 },
    )
  })
})
