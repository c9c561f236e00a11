import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import Mark from './mark.svelte'

test('the mark is of the given size, and silent', () => {
  expect(renderComponent(Mark, { sizePx: 44 })).toMatch(/style="--size: 44px" aria-hidden="true"/)
})
