import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana, platform } from '#lib/testing/samples.ts'
import ChannelSettings from './channel-settings.svelte'

const props = { channel: platform, user: ana, closeHref: '/chat/c', form: null }

test('an owner sets what there is to set, by forms that need no script', () => {
  const html = renderComponent(ChannelSettings, props)
  expect(html).toMatch(/name="name"[^>]*value="platform"|value="platform"[^>]*name="name"/)
  for (const part of [
    'name="topic"',
    'name="slow"',
    '?/update&amp;settings=1',
    '?/archive&amp;settings=1',
    '/chat/moderation/words?channel=',
  ]) {
    expect(html).toContain(part)
  }
  expect(html).not.toContain('name="is_default"')
})

test('an administrator says whether new accounts join; the Lobby keeps its name and stays', () => {
  const admin = { ...ana, role: 'admin' as const }
  expect(renderComponent(ChannelSettings, { ...props, user: admin })).toContain('name="is_default"')
  const html = renderComponent(ChannelSettings, { ...props, user: admin, channel: { ...platform, is_lobby: true } })
  expect(html).not.toContain('name="name"')
  expect(html).not.toContain('?/archive')
})
