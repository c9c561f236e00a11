import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleRestriction } from '#lib/testing/samples.ts'
import RestrictionNotice from './restriction-notice.svelte'

const shown = (more: Parameters<typeof sampleRestriction>[0] = {}): string =>
  renderComponent(RestrictionNotice, {
    restriction: sampleRestriction(more),
    channelName: '# platform',
    onover: () => undefined,
  }).replaceAll(/\s+/g, ' ')

test('it says until when, by whom and why, and is told to who does not see it', () => {
  const html = shown({ reason: 'too <b>loud</b>' })
  expect(html).toContain('You are muted in # platform until 13:00.')
  expect(html).toContain('Mia says: too &lt;b>loud&lt;/b>')
  expect(html).toContain('role="status"')
})

test('a ban without an end and without a reason', () => {
  const html = shown({ kind: 'ban', until: null })
  expect(html).toContain('You are banned from # platform until a moderator lifts it.')
  expect(html).not.toContain('says:')
})
