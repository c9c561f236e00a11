import type { ChannelRole, Member } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana, NOW_MS, platform, sampleRestriction } from '#lib/testing/samples.ts'
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

const AT = 'http://glasshouse.example/chat/c?members=1'

test('who moderates sees who is muted and banned, and can lift it; an end that has come is over', () => {
  const items = [
    sampleRestriction({ reason: 'too loud' }),
    sampleRestriction({ kind: 'ban', user_id: 'bob', display_name: 'Bob', until: null }),
    sampleRestriction({ kind: 'ban', user_id: 'cy', display_name: 'Cy', until: new Date(NOW_MS).toISOString() }),
  ]
  const html = renderComponent(MemberPanel, { ...props, restrictions: { items, more: false } }, { address: AT })
  expect(html).toMatch(/title="until 13:00: too loud"[^>]*>Muted</)
  expect(html).toContain('Lift the mute')
  expect(html).toMatch(/Banned and muted.*Bob/s)
  expect(html).not.toContain('Cy')
  expect(html).toContain('href="/chat/c?members=1&amp;ban=mia"')
})

test('whoever may not is offered nothing of it', () => {
  const member = { ...props.channel, role: 'member' as const }
  const html = renderComponent(MemberPanel, { ...props, channel: member }, { address: AT })
  expect(html).not.toMatch(/Mute for|Ban…/)
  const asked = renderComponent(MemberPanel, { ...props, channel: member }, { address: `${AT}&mute=zoe` })
  expect(asked).not.toContain('?/restrict')
  const moderator = { ...props.channel, role: 'moderator' as const }
  const html2 = renderComponent(MemberPanel, { ...props, channel: moderator }, { address: AT })
  expect(html2).toContain('?members=1&amp;mute=zoe')
  expect(html2).not.toContain('mute=mia')
})

test('asked for, the form takes the place of the list; what was done is said, and can be undone for a minute', () => {
  const form = renderComponent(MemberPanel, props, { address: `${AT}&ban=zoe` })
  expect(form).toMatch(/<h3[^>]*>Ban ZOE</)
  expect(form).not.toContain('?/leave')
  const done = sampleRestriction({ undo_until: new Date(Date.now() + 60_000).toISOString() })
  const html = renderComponent(MemberPanel, { ...props, restricted: done }, { address: AT })
  expect(html).toMatch(/role="status".*Zoe is muted until 13:00\..*Undo/s)
  const late = { ...done, undo_until: new Date(Date.now() - 1).toISOString() }
  expect(renderComponent(MemberPanel, { ...props, restricted: late }, { address: AT })).not.toContain('>Undo<')
})
