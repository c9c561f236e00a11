import type { UnreadChannel } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { platform } from '#lib/testing/samples.ts'
import ChannelMenu from './channel-menu.svelte'

const place: UnreadChannel = {
  channel_id: platform.id,
  read_seq: 1,
  mark: null,
  muted: false,
  favourite: false,
  section: null,
  head: 1,
  unread: [],
  mentions: [],
}
const render = (fields: Partial<UnreadChannel>): string =>
  renderComponent(ChannelMenu, {
    place: { ...place, ...fields },
    anchor: {} as HTMLElement,
    onread: () => {},
    onproblem: () => {},
    onclose: () => {},
  })

test('the menu offers what the channel is not yet in the list', () => {
  const plain = render({})
  expect(plain).toMatch(/Mark as read.*Add to favourites.*Move to a section.*Mute/s)
  const kept = render({ muted: true, favourite: true })
  expect(kept).toMatch(/Remove from favourites.*Unmute/s)
})
