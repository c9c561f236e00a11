import { expect, test } from 'vitest'
import { renderComponent, textSnippet } from '#lib/testing/render-component.ts'
import { ana, platform, sampleMessage } from '#lib/testing/samples.ts'
import ChannelPage from './channel-page.svelte'

const history = { items: [sampleMessage(2), sampleMessage(1)], next: null, seq: 20 }

test('a channel shows its name, its members, its messages, and a composer that works without script', () => {
  const props = {
    channel: platform,
    history,
    user: ana,
    targetId: undefined,
    leaving: false,
    children: textSnippet(''),
  }
  const html = renderComponent(ChannelPage, props)
  expect(html).toMatch(/<h1[^>]*># platform<\/h1>/)
  expect(html).toMatch(/line 1.*line 2/s)
  expect(html).toContain('The beginning of # platform')
  expect(html).toMatch(new RegExp(`<form[^>]*action="/chat/${platform.id}\\?/send"`))
})

test('a visitor reads, and is asked to sign in to write', () => {
  const props = {
    channel: platform,
    history,
    user: null,
    targetId: undefined,
    leaving: false,
    children: textSnippet(''),
  }
  const html = renderComponent(ChannelPage, props, { address: 'http://glasshouse.example/chat/c' })
  expect(html).toContain('href="/sign-in?next=%2Fchat%2Fc"')
  expect(html).not.toContain('<textarea')
})

test('an archived channel takes no message, and its owner can restore it', () => {
  const channel = { ...platform, archived: true }
  const html = renderComponent(ChannelPage, {
    channel,
    history,
    user: ana,
    targetId: undefined,
    leaving: false,
    children: textSnippet(''),
  })
  expect(html).toContain('This channel is archived')
  expect(html).toContain('?/restore')
  expect(html).not.toContain('<textarea')
})

test('a conversation is called by the others in it, and has nothing to set', () => {
  const people = [ana, { id: 'b', username: 'ben', display_name: 'Ben Tran' }]
  const channel = { ...platform, type: 'direct' as const, name: 'Ben Tran', people, role: 'member' as const }
  const html = renderComponent(ChannelPage, {
    channel,
    history,
    user: ana,
    targetId: undefined,
    leaving: false,
    children: textSnippet(''),
  })
  expect(html).toMatch(/<h1[^>]*>Ben Tran<\/h1>/)
  expect(html).not.toContain('Settings of the channel')
})
