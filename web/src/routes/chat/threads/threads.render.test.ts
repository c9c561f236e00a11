import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData, platform, sampleMessage } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const root = sampleMessage(3, { reply_count: 4, last_reply_at: '2026-11-21T11:40:00.000Z' })
const render = (items: (typeof root)[], unread: Record<string, number> = {}, next: string | null = null): string =>
  renderComponent(
    Page,
    { data: { ...chatData, threads: { items, next }, unread, heads: {} }, form: null, params: {} },
    { channels: [platform] },
  )

test('each thread says whose it is, where, how many replies it has and how many are new, and can be left', () => {
  const html = render([root], { [root.id]: 2 }, 'further')
  expect(html).toMatch(/Ana Okafor.*in # platform.*2 new.*line 3/s)
  expect(html).toMatch(new RegExp(`<a[^>]*href="/chat/${platform.id}\\?thread=${root.id}"[^>]*>\\s*4 replies`))
  expect(html).toContain('20 min ago')
  expect(html).toContain('aria-label="Unfollow the thread of Ana Okafor"')
  expect(html).toContain('href="?cursor=further"')
})

test('a thread without anything new has no badge; a deleted root nothing of what it said', () => {
  const html = render([{ ...root, deleted: true }])
  expect(html).not.toContain('unread-replies')
  expect(html).toContain('This message was deleted.')
  expect(html).not.toContain('line 3')
})

test('who follows none is told how one does', () => {
  expect(render([])).toMatch(/You follow no thread yet\..*choose Follow/s)
})
