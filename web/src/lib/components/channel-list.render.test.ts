import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { platform } from '#lib/testing/samples.ts'
import ChannelList from './channel-list.svelte'

const props = {
  siteName: 'Northwind',
  channels: [platform],
  currentId: platform.id,
  signedIn: true,
  onswitch: () => {},
}

test('the channel list links to each channel, and marks the one that is shown', () => {
  const html = renderComponent(ChannelList, props)
  expect(html).toMatch(new RegExp(`href="/chat/${platform.id}" aria-current="page"[^>]*>.*platform`, 's'))
  expect(html).toContain('href="/chat/new"')
})

test('a visitor is not offered what they may not do', () => {
  const html = renderComponent(ChannelList, { ...props, signedIn: false })
  expect(html).not.toContain('href="/chat/new"')
  expect(html).not.toContain('Jump to')
})

const kept = { read_seq: 1, mark: null, favourite: false, section: null, head: 9 }

test('the channel list says what is unread; what is muted says mentions only', () => {
  const place = { ...kept, channel_id: platform.id, unread: [2, 3, 4], mentions: [3], muted: false }
  const loud = renderComponent(ChannelList, props, { unread: { channels: [place], threads: [] } })
  expect(loud).toMatch(/class="[^"]*row[^"]*unread/)
  expect(loud).toMatch(/@1.*mentions.*3.*unread/s)
  const quiet = renderComponent(ChannelList, props, { unread: { channels: [{ ...place, muted: true }], threads: [] } })
  expect(quiet).toMatch(/aria-label="muted".*@1/s)
  expect(quiet).not.toMatch(/ unread</)
})

test('a full list of unread messages may leave some out', () => {
  const unread = Array.from({ length: 100 }, (_, index) => index + 2)
  const place = { ...kept, channel_id: platform.id, unread, mentions: [], muted: false, section: 'Later' }
  const html = renderComponent(ChannelList, props, { unread: { channels: [place], threads: [] } })
  expect(html).toContain('99+')
  expect(html).toMatch(/Later<\/h2>.*platform.*Channels<\/h2>/s)
})

test('replies in the threads that one follows are counted beside Threads', () => {
  const thread = { channel_id: platform.id, thread_id: 'root', read_seq: 1, mark: null, head: 9, mentions: [] }
  const html = renderComponent(ChannelList, props, {
    unread: { channels: [], threads: [{ ...thread, unread: [2, 3] }] },
  })
  expect(html).toMatch(/<a[^>]*unread[^>]*href="\/chat\/threads".*Threads.*2.*unread/s)
  expect(renderComponent(ChannelList, { ...props, signedIn: false })).not.toContain('Threads')
})
