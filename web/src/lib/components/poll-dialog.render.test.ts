import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { platform } from '#lib/testing/samples.ts'
import PollDialog from './poll-dialog.svelte'

test('a question begins with two answers, each with a name, and none of them can go', () => {
  const html = renderComponent(PollDialog, { channelId: platform.id, threadId: undefined, onclose: () => {} })
  expect(html).toContain('Ask the channel')
  expect(html.match(/aria-label="Answer \d"/g)).toEqual(['aria-label="Answer 1"', 'aria-label="Answer 2"'])
  expect(html).not.toContain('Remove answer')
  expect(html).toContain('One more answer')
  expect(html).toContain('In a week')
})
