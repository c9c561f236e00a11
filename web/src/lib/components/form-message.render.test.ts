import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { NOW_MS } from '#lib/testing/samples.ts'
import FormMessage from './form-message.svelte'

test('a refused form is announced, with the time when to try again', () => {
  const html = renderComponent(FormMessage, { message: 'Too many attempts.', retryAtMs: NOW_MS + 90_000 })
  expect(html).toMatch(/role="alert"/)
  expect(html).toMatch(/Too many attempts\.\s+Try again in 90 seconds, at/)
  expect(html).toContain('datetime="2026-11-21T12:01:30.000Z"')
})

test('without a message there is nothing', () => {
  expect(renderComponent(FormMessage, { message: undefined, retryAtMs: undefined }).trim()).toBe('')
})
