import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData, platform, sampleMessage } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const message = sampleMessage(3)
const render = (items: { message: typeof message; saved_at: string }[]): string =>
  renderComponent(
    Page,
    { data: { ...chatData, saved: { items, next: null } }, form: null, params: {} },
    { channels: [platform] },
  )

test('each says whose it is, where, when it was saved, and leads back to its place', () => {
  const html = render([{ message, saved_at: '2026-11-20T09:00:00.000Z' }])
  expect(html).toMatch(/Ana Okafor.*in # platform.*saved Yesterday, 09:00.*line 3/s)
  expect(html).toContain(`href="/m/${message.id}"`)
  expect(html).toMatch(/action="\?\/remove".*Remove/s)
})

test('who has saved nothing is told how one does', () => {
  expect(render([])).toMatch(/Nothing is saved\..*choose Save/s)
})
