import { expect, test } from 'vitest'
import { parseMessageContent } from './message-content.ts'

function refusal(text: string): string | undefined {
  const content = parseMessageContent(text)
  return content.ok ? undefined : content.error.kind
}

test('MS-2: a text is kept exactly as it came', () => {
  const text = '  two\r\n lines \u200d\ufeff '
  expect(parseMessageContent(text)).toEqual({ ok: true, value: text })
})

test('MS-2: what is blank is no message', () => {
  for (const text of ['', ' ', '\n\t\u00a0\u3000', '\u200b', ' \u2060\u200d\ufe0f', '\u0007'])
    expect(refusal(text)).toBe('blank')
})

test('MS-2: 1 to 10,000 characters, counted as code points', () => {
  expect(refusal('x'.repeat(10_000))).toBeUndefined()
  expect(refusal('x'.repeat(10_001))).toBe('too_long')
  expect(refusal('😀'.repeat(10_000))).toBeUndefined()
  expect(refusal('😀'.repeat(10_001))).toBe('too_long')
})

test('MS-2: what the database cannot keep is refused, not changed', () => {
  expect(refusal('a\0b')).toBe('nul')
  expect(refusal('a\ud83d')).toBe('malformed')
  expect(refusal('\ude00a')).toBe('malformed')
})
