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
