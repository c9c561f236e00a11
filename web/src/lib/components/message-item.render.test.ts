import { expect, test } from 'vitest'
import { HeldMessages } from '#lib/held-messages.svelte.ts'
import { renderComponent } from '#lib/testing/render-component.ts'
import { Outbox } from '#lib/outbox.ts'
import { ana, platform, sampleMessage, sampleView } from '#lib/testing/samples.ts'
import MessageItem from './message-item.svelte'

test('a message shows who, when, what, and what became of it', () => {
  const message = sampleMessage(3, {
    edited_at: '2026-11-21T11:30:00.000Z',
    reactions: [{ emoji: '🎉', count: 2, usernames: ['ben', 'ana'] }],
    reply_count: 2,
    last_reply_at: '2026-11-21T11:40:00.000Z',
  })
  const html = renderComponent(MessageItem, { message, first: true, day: 'Today', threadHref: '?thread=3' })
  expect(html).toMatch(/<article[^>]*aria-label="Ana Okafor, 11:03"/)
  expect(html).toContain('Today')
  expect(html).toContain('line 3')
  expect(html).toContain('edited')
  expect(html).toContain('by ben, ana')
  expect(html).toMatch(/<a[^>]*href="\?thread=3"[^>]*>\s*2 replies/)
})

test('the first that is new has a line, and a thread says how many of its replies are', () => {
  const message = sampleMessage(3, { reply_count: 2 })
  const thread = { channel_id: platform.id, thread_id: message.id, read_seq: 3, mark: null, head: 9 }
  const html = renderComponent(
    MessageItem,
    { message, first: true, isNew: true, threadHref: '?thread=3' },
    { unread: { channels: [], threads: [{ ...thread, unread: [5], mentions: [] }] } },
  )
  expect(html).toMatch(/data-testid="new-line".*New.*line 3.*2 replies.*1 new/s)
})

test('a deleted message keeps its place, and nothing of its content', () => {
  const html = renderComponent(MessageItem, { message: { ...sampleMessage(3), deleted: true }, first: true })
  expect(html).toContain('This message was deleted.')
  expect(html).not.toContain('line 3')
})

test('a message that was refused says why, and can be sent again or let go', async () => {
  const refuse = async () => ({ kind: 'refused' as const, reason: 'Too many messages in a short time.' })
  const outbox = new Outbox(ana.id, refuse, {
    store: { read: () => null, write: () => {}, keys: () => [], watch: () => () => {} },
    locks: { hold: () => () => {}, whenFree: () => () => {} },
  })
  outbox.add({ channelId: platform.id, content: 'x' })
  await expect.poll(() => outbox.ofChannel(platform.id)[0]?.failed).toBeDefined()
  const client_id = outbox.ofChannel(platform.id)[0]?.clientId ?? ''
  const message = sampleMessage(3, { client_id, changed_seq: 0 })
  const html = renderComponent(MessageItem, { message, first: true }, { outbox })
  expect(html).toMatch(/role="alert"/)
  expect(html).toContain('Not sent. Too many messages in a short time.')
  expect(html).toMatch(/Retry<.*Discard</s)
})

test('a pinned message says who pinned it; a reaction of the reader is pressed', () => {
  const message = sampleMessage(3, {
    pinned_at: '2026-11-21T11:30:00.000Z',
    pinned_by: 'ben',
    reactions: [
      { emoji: '🎉', count: 2, usernames: ['ben', 'ana'] },
      { emoji: '👀', count: 1, usernames: ['ben'] },
    ],
  })
  const html = renderComponent(MessageItem, { message, first: true })
  expect(html).toContain('Pinned by ben')
  expect(html.match(/aria-pressed="(true|false)"/g)).toEqual(['aria-pressed="true"', 'aria-pressed="false"'])
})

test('a message that is held says that only its author sees it, and nobody can do anything with it', () => {
  const message = sampleMessage(3)
  const { id, channel_id, content, timestamp } = message
  const told = {
    id,
    channel_id,
    content,
    timestamp,
    seq: null,
    user_id: ana.id,
    username: ana.username,
    display_name: ana.display_name,
    held_for: ['link' as const],
    reports: 0,
  }
  const view = sampleView([])
  view.held = new HeldMessages(ana, () => message)
  const html = (): string => renderComponent(MessageItem, { message, first: true }, { view })
  view.held.moderated({ ...told, status: 'pending' })
  expect(html()).toMatch(/data-state="held".*line 3.*Waits for a moderator\. Until then only you see it\./s)
  expect(html()).not.toContain('<button')
  const decided_by = { id: ana.id, username: 'mia', display_name: 'Mia' }
  view.held.moderated({ ...told, status: 'removed', decided_by, reason: 'no offers' })
  expect(html()).toContain('Removed by Mia: no offers. Only you and the moderators see it.')
})
