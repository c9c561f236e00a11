import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { LiveState } from '#lib/live.svelte.ts'
import GlassWall from './glass-wall.svelte'

test('the glass wall tells a visitor who is live that they are reading only', () => {
  const live = new LiveState(undefined)
  live.state = 'live'
  const html = renderComponent(GlassWall, { live, unreachable: false })
  expect(html).toContain('You are reading only.')
  expect(html).toContain('href="/sign-in')
})

test('a visitor who may write is not told that they are reading only', () => {
  const live = new LiveState(undefined)
  live.state = 'live'
  const html = renderComponent(GlassWall, { live, unreachable: false, visitorsWrite: true })
  expect(html).not.toContain('reading only')
})

test('the glass wall shows a connection that begins, and what those without script must know', () => {
  const html = renderComponent(GlassWall, {
    live: new LiveState({ userId: 'ann', signInId: 'of ann' }),
    unreachable: false,
  })
  expect(html).toMatch(/role="status"[^>]*data-state="connecting"[^>]*>connecting</)
  expect(html).toContain('Live messages need script.')
})

test('the glass wall says that the connection is shared, and whose it is', () => {
  const live = new LiveState({ userId: 'ann', signInId: 'of ann' })
  Object.assign(live, { state: 'live', tabs: 20, follows: true })
  const html = renderComponent(GlassWall, { live, unreachable: false })
  expect(html).toMatch(/data-follows="true"/)
  expect(html.replaceAll(/<[^>]*>|\s+/g, ' ')).toMatch(/shares +20 tabs/)
})
