import { expect, test } from 'vitest'
import { OutputTail } from './output-tail.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('joins lines and characters that arrive in pieces', () => {
  const seen: string[] = []
  const tail = new OutputTail((line) => seen.push(line))
  const whole = bytes('FATAL:  ein Wört\r\nnext\nrest')
  for (const byte of whole) tail.add(Uint8Array.of(byte))
  expect(seen).toEqual(['FATAL:  ein Wört', 'next'])
  expect(tail.lines()).toEqual(['FATAL:  ein Wört', 'next', 'rest'])
})

test('keeps the last lines only, and no endless one', () => {
  const tail = new OutputTail()
  for (let line = 0; line < 1_000; line++) tail.add(bytes(`${line}\n`))
  expect(tail.lines().length).toBe(40)
  expect(tail.lines().at(-1)).toBe('999')
  for (let part = 0; part < 100; part++) tail.add(bytes('x'.repeat(1_000)))
  expect((tail.lines().at(-1) ?? '').length).toBeLessThanOrEqual(2_000)
})
