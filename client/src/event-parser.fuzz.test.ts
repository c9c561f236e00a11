import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventParser } from './event-parser.ts'

test('takes events apart, wherever the chunks end and whatever line ends there are', () => {
  const event = fc.record({ data: fc.string({ minLength: 1 }).map((text) => JSON.stringify(text)), id: fc.boolean() })
  fc.assert(
    fc.property(
      fc.array(event),
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.nat({ max: 7 }), { minLength: 1 }),
      (events, end, sizes) => {
        const text = events
          .map(({ data, id }) => [...(id ? ['id: e1.x', ''] : [':']), 'event: x', `data: ${data}`, '', ''].join(end))
          .join('')
        const received: string[] = []
        const parser = new EventParser((data) => received.push(data))
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = 1 + (sizes[turn % sizes.length] ?? 0)
          parser.take(text.slice(at, at + size))
          at += size
        }
        expect(received).toEqual(events.map(({ data }) => data))
        expect(parser.heldLength).toBe(0)
      },
    ),
  )
})

test('lines of data are one text, and an event without any is none', () => {
  const received: string[] = []
  const parser = new EventParser((data) => received.push(data))
  parser.take('event: a\n\ndata:one\ndata: two\n\nid: x\n\n: nothing\n\ndata: not whole')
  expect(received).toEqual(['one\ntwo'])
  expect(parser.heldLength).toBe('data: not whole'.length)
})
