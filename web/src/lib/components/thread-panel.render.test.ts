import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleMessage } from '#lib/testing/samples.ts'
import ThreadPanel from './thread-panel.svelte'

test('a thread shows its first message, its replies, and the way out', () => {
  const root = sampleMessage(1)
  const items = [sampleMessage(2, { thread_id: root.id }), sampleMessage(3, { thread_id: root.id })]
  const html = renderComponent(ThreadPanel, {
    snapshot: { root, items, complete: true, following: true, seq: 20 },
    channelName: 'platform',
    closeHref: '/chat/c',
  })
  expect(html).toMatch(/line 1.*2 replies.*line 2.*line 3/s)
  expect(html).toMatch(/aria-pressed="true"[^>]*>\s*Following/)
  expect(html).toMatch(/<a[^>]*href="\/chat\/c"[^>]*aria-label="Close the thread"/)
})

test('a visitor follows nothing, and who does not follow may', () => {
  const thread = { root: sampleMessage(1), items: [], complete: true, seq: 20 }
  const render = (following: boolean | undefined): string =>
    renderComponent(ThreadPanel, { snapshot: { ...thread, following }, channelName: 'platform', closeHref: '/chat/c' })
  expect(render(undefined)).not.toContain('Follow')
  expect(render(false)).toMatch(/value="1"[^>]*aria-pressed="false"[^>]*>\s*Follow\s*</)
})
