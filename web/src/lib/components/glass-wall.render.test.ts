import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { LiveState } from '#lib/live.svelte.ts'
import GlassWall from './glass-wall.svelte'

test('the glass wall tells a visitor who is live that they are reading only', () => {
  const live = new LiveState({ visitor: true })
  live.state = 'live'
  const html = renderComponent(GlassWall, { live, unreachable: false })
  expect(html).toContain('You are reading only.')
  expect(html).toContain('href="/sign-in')
})

test('the glass wall shows a connection that begins, and what those without script must know', () => {
  const html = renderComponent(GlassWall, { live: new LiveState({ visitor: false }), unreachable: false })
  expect(html).toMatch(/role="status"[^>]*data-state="connecting"[^>]*>connecting</)
  expect(html).toContain('Live messages need script.')
})
