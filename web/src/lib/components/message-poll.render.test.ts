import type { Poll } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { NOW_MS, sampleMessage } from '#lib/testing/samples.ts'
import MessagePoll from './message-poll.svelte'

const poll: Poll = {
  question: 'When do we meet?',
  options: [
    { text: 'Monday', votes: 1, usernames: ['ana'] },
    { text: 'Tuesday', votes: 3, usernames: ['ben', 'cem', 'dan'] },
  ],
  multiple: false,
  anonymous: false,
  voters: 4,
}
const render = (fields: Partial<Poll> = {}, mayVote = true): string =>
  renderComponent(MessagePoll, { message: sampleMessage(1), poll: { ...poll, ...fields }, mayVote })

test('a poll shows its question, its options with their votes and names, and what one voted for', () => {
  const html = render()
  expect(html).toContain('When do we meet?')
  expect(html).toMatch(/aria-pressed="true"[^>]*title="ana"/)
  expect(html).toMatch(/Tuesday<\/span> *<b[^>]*>3<\/b>/)
  expect(html).toContain('votes by ben, cem, dan')
  expect(html).toContain('4 people voted')
  expect(html).toContain('names are shown')
  expect(html).not.toContain('disabled')
})

test('of many votes some are named', () => {
  expect(render({ options: [{ text: 'Monday', votes: 25, usernames: ['ben', 'cem'] }] })).toContain(
    'ben, cem and 23 more',
  )
})

test('an anonymous one says so', () => {
  const html = render({ anonymous: true, multiple: true, options: [{ text: 'Monday', votes: 2, usernames: [] }] })
  expect(html).toContain('nobody sees who voted for what')
  expect(html).toContain('several answers')
})

test('when it has ended, or for a visitor, nobody can vote', () => {
  expect(render({}, false)).toContain('disabled')
  const ended = render({ ends_at: new Date(NOW_MS - 1_000).toISOString() })
  expect(ended).toContain('Ended')
  expect(ended).toContain('disabled')
  expect(render({ ends_at: new Date(NOW_MS + 60_000).toISOString() })).toContain('ends ')
})
