import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { LiveState } from '#lib/live.svelte.ts'
import GlassWall from './glass-wall.svelte'

test('the glass wall says that a visitor is not live', () => {
  expect(renderComponent(GlassWall, { live: undefined, unreachable: false })).toContain('Sign in to see messages')
})

test('the glass wall shows a connection that begins, and what those without script must know', () => {
  const html = renderComponent(GlassWall, { live: new LiveState(), unreachable: false })
  expect(html).toMatch(/role="status"[^>]*data-state="connecting"[^>]*>connecting</)
  expect(html).toContain('Live messages need script.')
})
