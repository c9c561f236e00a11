import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import Avatar from './avatar.svelte'

test('an avatar shows initials, and is not read out: the name stands beside it', () => {
  const html = renderComponent(Avatar, { id: 'u1', name: 'Ana Okafor', sizePx: 20 })
  expect(html).toMatch(/aria-hidden="true"[^>]*>AO</)
  expect(html).toContain('--size: 20px')
})
