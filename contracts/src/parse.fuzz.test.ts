import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TSchema } from 'typebox'
import type { Route } from './endpoints.ts'
import type { Failure } from './errors.ts'
import { CLIENT_FRAMES, SERVER_FRAMES } from './frames.ts'
import { parser } from './parse.ts'
import { ROUTES } from './routes.ts'

const schemas: readonly (readonly [string, TSchema])[] = [
  ...Object.entries(CLIENT_FRAMES),
  ...Object.entries(SERVER_FRAMES),
  ...Object.entries<Route>(ROUTES).flatMap(([name, { params, query, body }]) =>
    Object.entries({ params, query, body }).flatMap(([part, schema]) =>
      schema === undefined ? [] : [[`${name}.${part}`, schema] as const],
    ),
  ),
]

/** JSON of any shape, with the names of real fields in it, so that some of it comes close to being valid. */
const names = [
  ...new Set(schemas.flatMap(([, schema]) => Object.keys((schema as { properties?: object }).properties ?? {}))),
]
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300, '', 'x', '0197a5c0-0000-7000-8000-000000000001'),
    fc.constantFrom(...Object.keys(CLIENT_FRAMES), '__proto__', 'constructor', '2026-11-20T09:30:00.000Z'),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.constant('__proto__'), fc.string()), tie('value'), {
      maxKeys: 8,
    }),
  ),
}))

describe('parser, whatever comes in', () => {
  test.each(schemas)('%s: is taken, or refused in words; nothing is thrown', (_, schema) => {
    const parse = parser(schema)
    fc.assert(
      fc.property(json, (value) => {
        const before = JSON.stringify(value)
        const result = parse(value)
        expect(JSON.stringify(value)).toBe(before)
        expect(result.ok ? result.value === value : isReadable(result.error)).toBe(true)
      }),
      { seed: 20_261_120, numRuns: 200 },
    )
  })
})

function isReadable({ code, message, path }: Failure): boolean {
  return code === 'request.invalid' && path !== undefined && /^(The request|.+:) (is|must) .+\.$/s.test(message ?? '')
}
