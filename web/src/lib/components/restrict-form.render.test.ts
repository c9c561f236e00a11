import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import RestrictForm from './restrict-form.svelte'

const props = {
  member: { user_id: 'zoe', display_name: 'Zoe' },
  kind: 'mute' as const,
  channelName: '# platform',
  cancelHref: '/chat/c?members=1',
  submit: () => undefined,
}

test('it asks for how long and why, without script too', () => {
  const html = renderComponent(RestrictForm, props)
  expect(html).toContain('action="?/restrict&amp;members=1"')
  expect(html).toMatch(/<h3[^>]*>Mute Zoe<\/h3>/)
  expect(html.match(/type="radio"/g)).toHaveLength(5)
  expect(html.match(/checked/g)).toHaveLength(1)
  expect(html).toMatch(/name="reason"[^>]*maxlength="300"/)
  expect(html).toMatch(/href="\/chat\/c\?members=1"[^>]*>Cancel/)
})

test('a ban says what it does, and a refusal stands above the fields', () => {
  const html = renderComponent(RestrictForm, { ...props, kind: 'ban', problem: 'That is not allowed.' })
  expect(html).toContain('They are put out of # platform')
  expect(html).toMatch(/role="alert"[^>]*>That is not allowed\./)
})
