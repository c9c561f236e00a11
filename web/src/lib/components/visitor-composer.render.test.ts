import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import VisitorComposer from './visitor-composer.svelte'

const props = { label: 'Message # lobby', channelId: 'c1', action: '/chat/c1?/say', onsent: () => {} }

test('a visitor writes in a form, is told as whom, and how to write as oneself', () => {
  const html = renderComponent(VisitorComposer, props, { address: 'http://glasshouse.example/chat/c1' })
  expect(html).toMatch(/<form[^>]*method="post"[^>]*action="\/chat\/c1\?\/say"/)
  expect(html).toMatch(/<textarea[^>]*name="content"[^>]*required[^>]*aria-label="Message # lobby"/)
  expect(html.replaceAll(/<[^>]*>/g, '')).toContain('You write as Demo Bot, like every visitor.')
  expect(html).toContain('href="/sign-in?next=%2Fchat%2Fc1"')
})

test.each([
  ['a refusal', { values: { content: 'my words' }, fields: {}, message: 'Not now.' }, /role="alert"[^>]*>\s*Not now\./],
  [
    'when to go on',
    { values: { content: 'my words' }, fields: {}, message: 'Too many.', retryAtMs: Date.now() + 60_000 },
    /role="alert"[^>]*>\s*Too many messages of visitors in a short time\.\s*Go on in \d+ s\./,
  ],
])('without script: %s stands beside what was written', (_, form, told) => {
  const html = renderComponent(VisitorComposer, props, { form })
  expect(html).toMatch(told)
  expect(html).toMatch(/<textarea[^>]*>\s*my words<\/textarea>/)
})

test('without script: a message that waits is told of, with the reasons', () => {
  const html = renderComponent(VisitorComposer, props, { form: { held: ['too_long', 'link'] } })
  expect(html).toMatch(/role="status"[^>]*>\s*Your message waits for a moderator, because it has over 300 characters/)
  expect(html).toContain('and it has a link')
})

test('without script: each form is one message, and a refused one stays the same', () => {
  const idOf = (form?: object): string | undefined => {
    const html = renderComponent(VisitorComposer, props, form === undefined ? {} : { form })
    return /<input type="hidden" name="client_id" value="([0-9a-f-]{36})"/.exec(html)?.[1]
  }
  const first = idOf()
  expect(first).toBeDefined()
  expect(idOf()).not.toBe(first)
  expect(idOf({ values: { content: 'my words', client_id: first }, message: 'Not now.' })).toBe(first)
})
