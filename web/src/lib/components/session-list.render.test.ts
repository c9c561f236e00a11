import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import SessionList from './session-list.svelte'

const here = {
  id: '0197a5c0-0000-7000-8000-0000000000d1',
  kind: 'browser',
  current: true,
  client: 'Firefox',
  system: 'Linux',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  address: '192.0.2.1',
  created_at: '2026-11-20T08:00:00.000Z',
  last_used_at: '2026-11-21T12:00:00.000Z',
  expires_at: '2026-12-05T12:00:00.000Z',
} as const
const there = {
  ...here,
  id: '0197a5c0-0000-7000-8000-0000000000d2',
  kind: 'program',
  current: false,
  client: 'curl',
  system: null,
  user_agent: 'curl/8.5.0 "><script>',
  address: '198.51.100.7',
  last_used_at: '2026-11-21T09:00:00.000Z',
} as const

test('each says what and from where; all but this one can be signed out without script', () => {
  const html = renderComponent(SessionList, { sessions: [here, there], submit: () => undefined }).replaceAll(
    /\s+/g,
    ' ',
  )
  expect(html).toContain('Firefox on Linux')
  expect(html).toContain('this one')
  expect(html).toMatch(/From 192\.0\.2\.1, last used <time[^>]*>just now/)
  expect(html).toMatch(/From 198\.51\.100\.7, last used <time[^>]*>3 h ago/)
  expect(html.match(/action="\?\/end#sessions"/g)).toHaveLength(1)
  expect(html).toMatch(new RegExp(`name="session_id" value="${there.id}"`))
  expect(html).toContain('aria-label="Sign out: curl, from 198.51.100.7"')
  expect(html).not.toContain('<script>')
})
