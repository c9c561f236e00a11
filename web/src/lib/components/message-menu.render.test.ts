import { ok } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { MessageCommands } from '#lib/message-commands.svelte.ts'
import { Saved } from '#lib/saved.svelte.ts'
import { Unread } from '#lib/unread.svelte.ts'
import { ana, platform, sampleMessage, sampleView } from '#lib/testing/samples.ts'
import MessageMenu from './message-menu.svelte'

test('what is saved, on whichever device, can be taken off', async () => {
  const message = sampleMessage(3)
  const stream = `user:${ana.id}`
  const saved = new Saved({ listSavedIds: async () => ok({ message_ids: [message.id], stream, seq: 4 }) }, ana.id)
  const menu = (): string => {
    const commands = new MessageCommands(
      sampleView([]),
      () => {},
      undefined,
      () => saved,
    )
    return renderComponent(MessageMenu, { message, anchor: undefined as never, commands, href: '/x', onclose() {} })
  }
  expect(menu()).not.toContain('Remove from saved')
  await saved.load()
  expect(menu()).toContain('Remove from saved')
  saved.apply([
    { type: 'saved_changed', stream, changed_seq: 5, channel_id: platform.id, message_id: message.id, saved: false },
  ])
  expect(menu()).not.toContain('Remove from saved')
})

const menuOf = (fields: object, role: 'admin' | 'user', reported: readonly string[] = []): string[] => {
  const commands = new MessageCommands(
    sampleView([], { channel: { ...platform, role: 'member' }, user: { ...ana, id: 'other', role } }),
    () => {},
  )
  for (const id of reported) commands.reported.add(id)
  const props = { message: sampleMessage(3, fields), anchor: undefined as never, commands, href: '/x', onclose() {} }
  const html = renderComponent(MessageMenu, props)
  expect(html.includes('aria-disabled="true"')).toBe(reported.length > 0)
  return [...html.matchAll(/role="menuitem"[^>]*>.*?<\/svg>([^<]+)/gs)].map((match) => (match[1] ?? '').trim())
}

test('the menu has what one may do with a message of somebody else', () => {
  expect(menuOf({}, 'user')).toEqual([
    'React',
    'Reply in a thread',
    'Pin',
    'Save',
    'Remind me',
    'Copy link',
    'Copy text',
    'Report',
  ])
  expect(menuOf({}, 'user', [sampleMessage(3).id]).at(-1)).toBe('Reported')
})

test('a moderator also deletes, and reads what was edited; what is pinned is unpinned', () => {
  const at = '2026-11-21T11:30:00.000Z'
  const items = menuOf({ edited_at: at, pinned_at: at }, 'admin')
  expect(items).toEqual(expect.arrayContaining(['Unpin', 'What it said before', 'Remove with a reason', 'Delete']))
  expect(items).not.toContain('Edit')
  expect(items).not.toContain('Report')
})

test('where one is in, a message can be marked as unread', () => {
  const place = { channel_id: platform.id, read_seq: 1, mark: null, muted: false, favourite: false, section: null }
  const unread = new Unread({ channels: [{ ...place, head: 9, unread: [], mentions: [] }], threads: [] })
  const commands = new MessageCommands(sampleView([]), () => {}, unread)
  const render = (fields: object): string =>
    renderComponent(MessageMenu, {
      message: sampleMessage(3, fields),
      anchor: undefined as never,
      commands,
      href: '/x',
      onclose() {},
    })
  expect(render({})).toContain('Mark unread')
  // A thread that one does not follow is read by nobody.
  expect(render({ thread_id: 'root' })).not.toContain('Mark unread')
})
