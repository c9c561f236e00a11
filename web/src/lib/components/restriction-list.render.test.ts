import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { sampleRestriction } from '#lib/testing/samples.ts'
import RestrictionList from './restriction-list.svelte'

test('each says what, until when, by whom and why, and can be lifted without script', () => {
  const html = renderComponent(RestrictionList, {
    restrictions: [
      sampleRestriction({ kind: 'ban', until: null, reason: 'spam' }),
      sampleRestriction({ user_id: 'yan', display_name: 'Yan' }),
    ],
    more: true,
    submit: () => undefined,
  }).replaceAll(/\s+/g, ' ')
  expect(html).toContain('Banned until lifted, by Mia: spam')
  expect(html).toContain('Muted until 13:00, by Mia')
  expect(html.match(/action="\?\/lift&amp;members=1"/g)).toHaveLength(2)
  expect(html).toMatch(/<button[^>]*name="kind"[^>]*value="ban"[^>]*aria-label="Lift: Zoe"/)
  expect(html).toContain('There are more than are shown here.')
})
