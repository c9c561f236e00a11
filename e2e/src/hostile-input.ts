/** Input of every shape for a schema: right, nearly right, and nothing of the kind. Seeded by whoever draws from it. */
import type { Route } from '@glasshouse/contracts'
import fc from 'fast-check'

type TSchema = NonNullable<Route['body']>

/** JSON Schema as TypeBox writes it. */
interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
}

const STRING_LENGTH_MAX = 60
const HUGE = 'x'.repeat(20_000)
const deep = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => [inner], 1)

/** Texts that databases, parsers and clocks stumble over. */
const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'before\0after',
  '\ud800',
  '\udfff tail',
  '\u202eright to left',
  '\u200b\u200d\ufeff',
  '👩‍👩‍👧‍👦',
  '\u0000\u0001\u001f\u007f\u0085\u2028',
  'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢',
  'ﷺ'.repeat(20),
  "'; drop table users; --",
  '%00',
  '../../etc/passwd',
  '@channel @here @ada',
  '/m/0197a5c0-0000-7000-8000-000000000001',
  '0001-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '-271821-04-20T00:00:00.000Z',
  '2026-13-45T99:99:99Z',
  HUGE,
]
const ODD_VALUES = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 2,
  -Number.MAX_SAFE_INTEGER,
  2 ** 31,
  [],
  {},
  [[]],
  { toString: 1, valueOf: null },
  JSON.parse('{"__proto__": {"admin": true}, "constructor": {"prototype": 1}}') as unknown,
  deep(50),
  deep(5_000),
  Array.from({ length: 5_000 }, () => 1),
]

const oddText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'binary', maxLength: STRING_LENGTH_MAX }))
const oddValue = fc.oneof(oddText, fc.constantFrom(...ODD_VALUES))

/** Values that the schema takes, with ids of things that there are among them. */
function fitting(schema: Schema, ids: readonly string[]): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => fitting(each, ids)))
  if (schema.allOf !== undefined) {
    return fc
      .tuple(...schema.allOf.map((each) => fitting(each, ids)))
      .map((parts) => Object.assign({}, ...(parts as object[])) as unknown)
  }
  if ('const' in schema) return fc.constant(schema.const)
  switch (schema.type) {
    case 'string':
      return fittingText(schema, ids)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: Math.min(schema.maximum ?? 1_000, 2 ** 31) })
    case 'number':
      return fc.double({ noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array': {
      const { items = {}, minItems = 0, maxItems = 3 } = schema
      return fc.array(fitting(items, ids), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 3) })
    }
    case 'object':
      return fittingObject(schema, ids)
    default:
      return oddValue
  }
}

function fittingText({ pattern, minLength = 0, maxLength = STRING_LENGTH_MAX }: Schema, ids: readonly string[]) {
  const isId = pattern?.includes('[0-9a-fA-F]{12}') === true
  if (isId) return fc.oneof({ arbitrary: fc.constantFrom(...ids), weight: 4 }, fc.uuid())
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  const lengths = { minLength, maxLength: Math.min(maxLength, minLength + STRING_LENGTH_MAX) }
  // A text may be odd and yet as long as it should be: those get furthest.
  const odd = oddText.filter((text) => text.length >= minLength && text.length <= maxLength)
  const streams = ids.flatMap((id) => [`channel:${id}`, `user:${id}`, `typing:${id}`])
  return fc.oneof(fc.string(lengths), fc.string({ unit: 'grapheme', ...lengths }), odd, fc.constantFrom(...streams))
}

function fittingObject({ properties, required = [], patternProperties }: Schema, ids: readonly string[]) {
  if (properties === undefined) {
    const [value = {}] = Object.values(patternProperties ?? {})
    return fc.dictionary(fittingText({}, ids), fitting(value, ids), { maxKeys: 4 })
  }
  const fields = Object.entries(properties).map(([name, each]) => [name, fitting(each, ids)] as const)
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] })
}

type Change = (value: unknown) => unknown

/** One thing made wrong: a part replaced, a field too much, a field too little. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(), oddValue).map(
    ([at, odd]): Change =>
      (value) =>
        replaced(value, at, odd),
  ),
  fc.tuple(fc.oneof(oddText, fc.constant('__proto__')), oddValue).map(
    ([name, odd]): Change =>
      (value) =>
        isFields(value) ? Object.fromEntries([...Object.entries(value), [name, odd]]) : odd,
  ),
  fc.nat().map(
    (at): Change =>
      (value) =>
        isFields(value) ? Object.fromEntries(Object.entries(value).toSpliced(at % 8, 1)) : [],
  ),
)

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The part that `at` leads to, down one branch at each level. */
function replaced(value: unknown, at: number, by: unknown): unknown {
  if (typeof value !== 'object' || value === null) return by
  const keys = Object.keys(value)
  const key = keys[at % (keys.length + 1)]
  if (key === undefined) return by
  const parts = value as Readonly<Record<string, unknown>>
  const inner = replaced(parts[key], Math.floor(at / (keys.length + 1)), by)
  if (Array.isArray(value)) return value.map((each: unknown, index) => (String(index) === key ? inner : each))
  return { ...parts, [key]: inner }
}

/** For one schema: most of it fits but for a thing or two, some fits, some is anything. */
export function hostileValue(schema: TSchema | undefined, ids: readonly string[]): fc.Arbitrary<unknown> {
  const fits = fitting(schema ?? { type: 'object', properties: {} }, ids)
  const nearly = fc
    .tuple(fits, fc.array(change, { minLength: 1, maxLength: 2 }))
    .map(([value, changes]) => changes.reduce((changed, apply) => apply(changed), value))
  return fc.oneof({ arbitrary: fits, weight: 3 }, { arbitrary: nearly, weight: 4 }, { arbitrary: oddValue, weight: 1 })
}

const RAW = [
  '',
  '{',
  'null',
  'nul',
  '[]',
  '"\\ud800"',
  '{"a":1}{"b":2}',
  '\ufeff{}',
  '{"content":"\0"}',
  '['.repeat(100_000),
  `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  `"${'y'.repeat(300_000)}"`,
  '{"content": 1e999999}',
  `{"content": ${'9'.repeat(10_000)}}`,
]

/** The same as text, as it goes over the wire; now and then no JSON at all, or no text. */
export function hostileText(schema: TSchema | undefined, ids: readonly string[]): fc.Arbitrary<string | Uint8Array> {
  const json = hostileValue(schema, ids).map((value) => JSON.stringify(value) ?? '')
  const bytes = fc.uint8Array({ maxLength: 40 })
  return fc.oneof({ arbitrary: json, weight: 12 }, { arbitrary: fc.constantFrom(...RAW), weight: 1 }, bytes)
}

/** A part of an address: what may stand there, and what may not. */
export const hostilePart: fc.Arbitrary<string> = fc.oneof(
  oddText.map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constantFrom(
    'me',
    '%',
    '%ff',
    '%00',
    '%c0%80',
    '..',
    '..%2f..',
    '%2e%2e',
    'a'.repeat(9_000),
    '*',
    '~',
    'null',
    '0',
  ),
)
