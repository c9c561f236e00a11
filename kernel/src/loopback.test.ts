import { expect, test } from 'vitest'
import { isLoopback } from './loopback.ts'

test.each(['localhost', 'LocalHost', '127.0.0.1', '127.8.9.10', '127.1', '::1', '[::1]', '0:0:0:0:0:0:0:1'])(
  '%s is this machine',
  (host) => {
    expect(isLoopback(host)).toBe(true)
  },
)

test.each([
  '',
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '128.0.0.1',
  '::2',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example',
  'no host',
])('%s is not', (host) => {
  expect(isLoopback(host)).toBe(false)
})
