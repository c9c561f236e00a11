import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana } from '#lib/testing/samples.ts'
import PresenceDot from './presence-dot.svelte'

test('nothing is shown of somebody of whom nothing is known', () => {
  expect(renderComponent(PresenceDot, { userId: ana.id }).trim()).toBe('')
})
