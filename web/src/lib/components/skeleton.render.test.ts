import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import Skeleton from './skeleton.svelte'

test('a skeleton says that something loads', () => {
  expect(renderComponent(Skeleton, {})).toMatch(/role="status" aria-label="Loading the channel"/)
})
