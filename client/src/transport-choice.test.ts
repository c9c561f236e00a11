import { expect, test } from 'vitest'
import { TransportChoice } from './transport-choice.ts'

function choice(server: { answers: boolean; nowMs: number }): TransportChoice {
  return new TransportChoice({
    answers: () => Promise.resolve(server.answers),
    monotonicMs: () => server.nowMs,
  })
}

test('L16: two failed handshakes while REST answers lead to an event stream', async () => {
  const server = { answers: true, nowMs: 0 }
  const transport = choice(server)
  expect([transport.next(), await transport.failed(), transport.next()]).toEqual(['web_socket', false, 'web_socket'])
  expect([await transport.failed(), transport.next()]).toEqual([true, 'event_stream'])
})

test('L16: a good connection between them begins the count anew', async () => {
  const transport = choice({ answers: true, nowMs: 0 })
  await transport.failed()
  transport.succeeded()
  expect([await transport.failed(), transport.next()]).toEqual([false, 'web_socket'])
})

test('L16: a server that does not answer at all is not the fault of the transport', async () => {
  const transport = choice({ answers: false, nowMs: 0 })
  for (let count = 0; count < 5; count++) expect(await transport.failed()).toBe(false)
  expect(transport.next()).toBe('web_socket')
})

test('L16: after ten minutes a WebSocket is tried again, and one failure leads back', async () => {
  const server = { answers: true, nowMs: 0 }
  const transport = choice(server)
  await transport.failed()
  await transport.failed()
  transport.succeeded()
  server.nowMs = 599_999
  expect(transport.next()).toBe('event_stream')
  server.nowMs = 600_000
  expect(transport.next()).toBe('web_socket')
  expect([await transport.failed(), transport.next()]).toEqual([true, 'event_stream'])
})

test('L16: an event stream that fails sends the next try to a WebSocket', async () => {
  const transport = choice({ answers: true, nowMs: 0 })
  await transport.failed()
  await transport.failed()
  expect([await transport.failed(), transport.next()]).toEqual([false, 'web_socket'])
})
