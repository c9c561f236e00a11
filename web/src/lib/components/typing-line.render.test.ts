import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { platform } from '#lib/testing/samples.ts'
import TypingLine from './typing-line.svelte'

test('the line keeps its place while nobody types', () => {
  expect(renderComponent(TypingLine, { channelId: platform.id })).toMatch(/<p[^>]*data-testid="typing"[^>]*><\/p>/)
})
