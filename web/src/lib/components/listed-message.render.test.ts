import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import ListedMessage from './listed-message.svelte'

const props = { where: '# platform', reader: 'ana', children: textSnippet('Remove') }

test('a message outside its channel says whose it is, where, and what one can do with it', () => {
  const html = renderComponent(ListedMessage, { ...props, message: sampleMessage(3), note: textSnippet('saved today') })
  expect(html).toMatch(/<article[^>]*aria-label="Ana Okafor in # platform"/)
  expect(html).toMatch(/Ana Okafor.*in # platform.*saved today.*line 3.*Remove/s)
})

test('a deleted one shows nothing of what it said', () => {
  const html = renderComponent(ListedMessage, { ...props, message: { ...sampleMessage(3), deleted: true } })
  expect(html).toContain('This message was deleted.')
  expect(html).not.toContain('line 3')
})
