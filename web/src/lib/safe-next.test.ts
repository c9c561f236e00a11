import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { safeNext, withNext } from './safe-next.ts'

describe('safeNext', () => {
  test.each(['/', '/chat', '/chat/1?x=1&y=%2F#top', '/a//b', '/caf%C3%A9', '/@me', '/:80'])('keeps %j', (next) => {
    expect(safeNext(next, '/fallback')).toBe(next)
  })

  test.each([
    '',
    'chat',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/x\\y',
    'http://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r\nset-cookie: a=b',
    '/\u0000',
    '/\u0085x',
    ' /chat',
    '/.//evil.example',
    '/x/..//evil.example',
    '/' + 'x'.repeat(3000),
    undefined,
    null,
    7,
  ])('refuses %j', (next) => {
    expect(safeNext(next, '/fallback')).toBe('/fallback')
  })

  test('whatever comes, a browser stays on this site', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      ':',
      '@',
      '?',
      '#',
      '\t',
      '\n',
      '%2f',
      '%5c',
      'evil.example',
      'x',
      'http',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = safeNext(pieces.join(''), '/fallback')
        expect(new URL(target, 'https://glasshouse.example').origin).toBe('https://glasshouse.example')
      }),
      { seed: 7, numRuns: 3000 },
    )
  })
})

test('withNext leaves out what is not safe', () => {
  expect(withNext('/sign-in', '/protected?a=1')).toBe('/sign-in?next=%2Fprotected%3Fa%3D1')
  expect(withNext('/sign-in', '//evil.example')).toBe('/sign-in')
  expect(withNext('/sign-in', null)).toBe('/sign-in')
})
