import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import MessageQuote from './message-quote.svelte'

test('the page that the server sends quotes nothing: each reader asks for what they may read', () => {
  expect(renderComponent(MessageQuote, { messageId: sampleMessage(3).id }).trim()).toBe('')
})
