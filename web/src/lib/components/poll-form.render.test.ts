import type { Poll } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { NOW_MS, sampleMessage } from '#lib/testing/samples.ts'
import PollForm from './poll-form.svelte'

const poll: Poll = {
  question: 'When do <we> meet?',
  options: [
    { text: 'Monday', votes: 1, usernames: ['ana'] },
    { text: 'Tuesday', votes: 3, usernames: ['ben', 'cem', 'dan'] },
  ],
  multiple: false,
  anonymous: false,
  voters: 4,
}
const message = sampleMessage(1)
const render = (fields: Partial<Poll> = {}, mayVote = true): string =>
  renderComponent(PollForm, { message, poll: { ...poll, ...fields }, mayVote })

test('has the question, the options with their counts, and what one voted for, as a form', () => {
  const html = render()
  expect(html).toContain('When do &lt;we> meet?')
  expect(html).toMatch(/<form[^>]*method="post"[^>]*\?\/vote/)
  expect(html).toContain(`value="${message.id}"`)
  expect(html).toMatch(/<input[^>]*type="radio"[^>]*value="0"[^>]*checked/)
  expect(html).not.toMatch(/<input[^>]*value="1"[^>]*checked/)
  expect(html).toMatch(/Tuesday<\/span> *<b[^>]*>3 votes<\/b>/)
  expect(html).toContain('4 people voted')
  expect(html).toContain('Take my vote back')
})

test('several answers are boxes; who has not voted has nothing to take back', () => {
  const options = [{ text: 'Monday', votes: 1, usernames: ['ben'] }]
  const html = render({ multiple: true, options })
  expect(html).toContain('type="checkbox"')
  expect(html).not.toContain('required')
  expect(html).not.toContain('Take my vote back')
})

test('when it has ended, or for a visitor, it is read only', () => {
  const ended = { ends_at: new Date(NOW_MS - 1_000).toISOString() }
  for (const html of [render({}, false), render(ended)]) {
    expect(html).toContain('<fieldset disabled')
    expect(html).not.toContain('>Vote<')
  }
  expect(render(ended)).toContain('Ended')
})
