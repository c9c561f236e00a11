import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import Countdown from './countdown.svelte'

test('a countdown says how long it is, then that it is over', () => {
  const until = (fromNowMs: number): string =>
    renderComponent(Countdown, { untilMs: Date.now() + fromNowMs, done: 'It can be sent now.' })
  expect(until(60_000)).toMatch(/Go on in (59|60) s\./)
  expect(until(3_600_000)).not.toContain('Go on')
  expect(until(-1)).toContain('It can be sent now.')
})
