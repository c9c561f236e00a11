import type { ChannelId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData, platform } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const render = (channel: { id: ChannelId; name: string } | undefined): string =>
  renderComponent(Page, { data: { ...chatData, channel, words: ['casino'] }, form: null, params: {} })

test('the words of a channel, and those of the house, say where they count', () => {
  expect(render({ id: platform.id as ChannelId, name: platform.name })).toMatch(
    /Words of # platform.*words of the house count there too.*casino/s,
  )
  expect(render(undefined)).toMatch(/Words of the house.*in every channel in which moderation is on.*casino/s)
})
