import type { Channel, User } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { channelRights } from './channel-rights.ts'
import { ana, platform } from './testing/samples.ts'

const admin: User = { ...ana, role: 'admin' }
const at = (type: Channel['type'], role: Channel['role']) => ({ ...platform, type, role, joined: role !== null })

test.each([
  ['an owner', at('private', 'owner'), ana, { edit: true, archive: true, add: true, setRole: true, leave: true }],
  ['a moderator', at('private', 'moderator'), ana, { edit: true, archive: false, remove: true, setRole: false }],
  ['a member', at('private', 'member'), ana, { edit: false, add: true, remove: false, leave: true }],
  [
    'an administrator outside',
    at('public', null),
    admin,
    { edit: true, archive: true, setDefault: true, leave: false },
  ],
  ['an administrator in a private channel', at('private', 'member'), admin, { edit: false, setDefault: false }],
  ['one of two', at('direct', 'member'), ana, { edit: false, add: false, leave: false }],
  ['a visitor', at('public', null), null, { edit: false, add: false, leave: false }],
] as const)('%s', (_who, channel, user, expected) => {
  expect(channelRights(channel, user)).toMatchObject(expected)
})
