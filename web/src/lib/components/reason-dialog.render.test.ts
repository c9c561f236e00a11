import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import ReasonDialog from './reason-dialog.svelte'

test('shows which message it is about, and what becomes of it, and takes a reason', () => {
  const html = renderComponent(ReasonDialog, {
    title: 'Remove this message?',
    message: sampleMessage(3),
    explanation: 'It is gone.',
    hint: 'Its author reads it',
    action: 'Remove',
    bad: true,
    ongive: async () => undefined,
    onclose() {},
  })
  expect(html).toContain('line 3')
  expect(html).toContain('It is gone.')
  expect(html).toMatch(/<input[^>]*name="reason"[^>]*maxlength="300"/)
  expect(html).toMatch(/<button class="button[^"]*danger[^"]*"[^>]*>Remove</)
})
