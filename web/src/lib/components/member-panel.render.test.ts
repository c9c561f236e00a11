import type { ChannelRole, Member } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana, platform } from '#lib/testing/samples.ts'
import MemberPanel from './member-panel.svelte'

const member = (name: string, role: ChannelRole): Member => ({
  user_id: name,
  username: name,
  display_name: name.toUpperCase(),
  role,
  joined_at: '2026-11-20T09:30:00.000Z',
  changed_seq: 3,
})
const props = {
  read: [member('zoe', 'member'), member('mia', 'moderator')],
  more: false,
  channel: { ...platform, id: 'another' },
  user: ana,
  closeHref: '/chat/c',
  problem: undefined,
  typed: '',
}

test('an owner adds, sets roles and removes, all by forms that need no script', () => {
  const html = renderComponent(MemberPanel, props)
  expect(html).toMatch(/MIA.*Moderator.*ZOE/s)
  for (const action of ['addMember', 'setRole', 'removeMember', 'leave']) {
    expect(html).toContain(`action="?/${action}&amp;members=1"`)
  }
  expect(html).toMatch(/<a[^>]*href="\/chat\/c"[^>]*aria-label="Close the list of members"/)
})

test('a member adds and leaves, and is offered nothing else', () => {
  const html = renderComponent(MemberPanel, {
    ...props,
    channel: { ...props.channel, type: 'private', role: 'member' },
  })
  expect(html).toContain('?/addMember')
  expect(html).toContain('?/leave')
  expect(html).not.toContain('?/setRole')
  expect(html).not.toContain('?/removeMember')
})

test('a refusal stands by the field, with what was typed', () => {
  const html = renderComponent(MemberPanel, { ...props, problem: 'Nobody here has this user name.', typed: 'zeo' })
  expect(html).toMatch(/value="zeo"[^>]*aria-invalid="true"/)
  expect(html).toContain('Nobody here has this user name.')
})
