import { expect, test } from 'vitest'
import { messageRows, rowKey } from './message-rows.ts'
import type { TimelineMessage } from '@glasshouse/client'

const NOW_MS = Date.parse('2026-11-20T12:00:00.000Z')
const options = { timeZone: 'UTC', nowMs: NOW_MS }

function message(id: string, timestamp: string, more: Partial<TimelineMessage> = {}): TimelineMessage {
  return {
    id,
    stream: 'channel:c',
    channel_id: 'c',
    seq: 1,
    changed_seq: 1,
    user_id: 'ana',
    username: 'ana',
    display_name: 'Ana',
    content: id,
    timestamp,
    status: 'visible',
    ...more,
  }
}

const shape = (messages: readonly TimelineMessage[], timeZone = 'UTC'): [string, string | undefined, boolean][] =>
  messageRows(messages, { timeZone, nowMs: NOW_MS }).map((row) => [row.message.id, row.day, row.first])

test('grouped by author within five minutes', () => {
  expect(
    shape([
      message('a', '2026-11-20T10:00:00.000Z'),
      message('b', '2026-11-20T10:04:59.999Z'),
      message('c', '2026-11-20T10:10:00.000Z'),
      message('d', '2026-11-20T10:10:01.000Z', { user_id: 'jo' }),
      message('e', '2026-11-20T10:10:02.000Z', { user_id: 'jo', bot: true }),
    ]),
  ).toEqual([
    ['a', 'Today', true],
    ['b', undefined, false],
    ['c', undefined, true],
    ['d', undefined, true],
    ['e', undefined, true],
  ])
})

test('a new day begins a group, in the zone of the viewer', () => {
  const messages = [message('a', '2026-11-19T23:59:00.000Z'), message('b', '2026-11-20T00:00:00.000Z')]
  expect(shape(messages)).toEqual([
    ['a', 'Yesterday', true],
    ['b', 'Today', true],
  ])
  expect(shape(messages, 'Asia/Tokyo')).toEqual([
    ['a', 'Today', true],
    ['b', undefined, false],
  ])
})

test('rows that did not change are the same objects', () => {
  const messages = [message('a', '2026-11-20T10:00:00.000Z'), message('b', '2026-11-20T10:01:00.000Z')]
  const first = messageRows(messages, options)
  const known = new Map(first.map((row) => [row.key, row]))
  const second = messageRows([message('0', '2026-11-20T09:59:00.000Z'), ...messages], options, known)
  expect(second[1]).not.toBe(first[0])
  expect(second[2]).toBe(first[1])
})

test('a key survives the answer of the server', () => {
  const clientId = '0197a5c0-0000-7000-8000-000000000001'
  expect(rowKey({ id: 'local', user_id: 'ana', client_id: clientId })).toBe(
    rowKey({ id: 'x', user_id: 'ana', client_id: clientId }),
  )
  expect(rowKey({ id: 'x', user_id: 'jo', client_id: clientId })).not.toBe(
    rowKey({ id: 'x', user_id: 'ana', client_id: clientId }),
  )
  expect(rowKey({ id: 'x', user_id: 'jo' })).toBe('x')
})

test('one line stands above the first that is new, and nowhere when that is not held', () => {
  const messages = [3, 5, 8].map((seq) => message(`m${seq}`, '2026-11-20T10:00:00.000Z', { seq }))
  const newIn = (newFrom: number, reachesStart = false): string[] =>
    messageRows(messages, { ...options, newFrom, reachesStart }).flatMap((row) => (row.isNew ? row.message.id : []))
  expect([newIn(4), newIn(5), newIn(3), newIn(9)]).toEqual([['m5'], ['m5'], ['m3'], []])
  expect([newIn(2), newIn(2, true)]).toEqual([[], ['m3']])
  // It begins a group.
  expect(messageRows(messages, { ...options, newFrom: 5 }).map(({ first }) => first)).toEqual([true, true, false])
})
