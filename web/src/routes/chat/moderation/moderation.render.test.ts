import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana, chatData, platform, sampleMessage } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const { id, channel_id, content, timestamp } = sampleMessage(7)
const held = {
  id,
  channel_id,
  content,
  timestamp,
  seq: null,
  user_id: ana.id,
  username: ana.username,
  display_name: ana.display_name,
  status: 'pending' as const,
  held_for: ['link' as const],
  reports: 0,
}

type Held = Omit<typeof held, 'status'> & { status: 'pending' | 'removed' }

const render = (
  queue: { items: Held[]; next: string | null } | undefined,
  form: { decided: Held } | null = null,
): string =>
  renderComponent(
    Page,
    { data: { ...chatData, queue, channelId: undefined, setsWords: false }, form, params: {} },
    { channels: [platform] },
  )

test('what waits is listed with why, and can be decided', () => {
  const html = render({ items: [held], next: 'further' })
  expect(html).toMatch(/Ana Okafor.*in # platform.*has a link.*line 7.*Approve.*Remove/s)
  expect(html).toContain('href="?cursor=further"')
})

test('what one has decided can be taken back', () => {
  const decided = { ...held, status: 'removed' as const }
  expect(render({ items: [], next: null }, { decided })).toMatch(/You have removed a message by Ana Okafor\..*Undo/s)
})

test('nothing that waits, and nothing to moderate, are told apart', () => {
  expect(render({ items: [], next: null })).toContain('Nothing waits for you.')
  expect(render(undefined)).toContain('You moderate no channel.')
})
