import Type from 'typebox'
import { describe, expect, test } from 'vitest'
import { CreateChannelRequest } from './channels.ts'
import { SendMessageFrame, ResumeFrame } from './frames.ts'
import { parser } from './parse.ts'
import { ROUTES } from './routes.ts'
import { RegisterRequest, User } from './users.ts'

const ID = '0197a5c0-0000-7000-8000-000000000001'
const person = { username: 'ada', email: 'ada@example.org', password: 'correct horse' }

describe('parser', () => {
  test('returns the value itself when it is valid', () => {
    const result = parser(RegisterRequest)(person)
    expect(result).toEqual({ ok: true, value: person })
  })

  test.each([
    ['a missing field', RegisterRequest, { ...person, username: undefined }, 'username: is missing.', 'username'],
    [
      'a wrong type',
      RegisterRequest,
      { ...person, username: 5 },
      'username: must be text, and is a number.',
      'username',
    ],
    ['an unknown field', RegisterRequest, { ...person, role: 'admin' }, 'role: is not a known field.', 'role'],
    [
      'a pattern, in the words of its schema',
      RegisterRequest,
      { ...person, username: 'a' },
      'username: must be 3 to 32 of A-Z a-z 0-9 _ -.',
      'username',
    ],
    [
      'a short text',
      RegisterRequest,
      { ...person, password: 'short' },
      'password: must have at least 10 characters.',
      'password',
    ],
    ['no object', RegisterRequest, null, 'The request must be an object, and is null.', ''],
    ['a list for an object', RegisterRequest, [], 'The request must be an object, and is a list.', ''],
    [
      'a value that is none of several',
      User,
      user({ role: 'boss' }),
      'role: must be "admin", "manager", "user" or "guest".',
      'role',
    ],
    [
      'a type that is none of several',
      User,
      user({ email: 5 }),
      'email: must be text or null, and is a number.',
      'email',
    ],
    [
      'the only value',
      CreateChannelRequest,
      { type: 'secret', name: 'x' },
      'type: must be "public", "private", "direct" or "group".',
      'type',
    ],
    ['an empty text', CreateChannelRequest, { type: 'public', name: '' }, 'name: must not be empty.', 'name'],
    ['a number below', ROUTES.listMessages.query, { limit: 0 }, 'limit: must be at least 1.', 'limit'],
    ['a number above', ROUTES.listMessages.query, { limit: 101 }, 'limit: must be at most 100.', 'limit'],
    [
      'a fraction',
      ROUTES.listMessages.query,
      { limit: 1.5 },
      'limit: must be a whole number, and is a fraction.',
      'limit',
    ],
    [
      'a nested field',
      ResumeFrame,
      { type: 'resume', streams: { 'a/b': -1 } },
      'streams.a/b: must be at least 0.',
      'streams.a/b',
    ],
    [
      'an id',
      SendMessageFrame,
      { type: 'send_message', channel_id: 'lobby', content: 'x' },
      'channel_id: must be a UUID.',
      'channel_id',
    ],
  ])('says what is wrong with %s', (_, schema, value, message, path) => {
    const result = parser(schema)(value)
    expect(result).toEqual({ ok: false, error: { code: 'request.invalid', message, path } })
  })

  test('counts characters as people do: a character outside of the basic plane is one', () => {
    const frame = { type: 'send_message', channel_id: ID, content: '😀'.repeat(10_000) }
    expect(parser(SendMessageFrame)(frame).ok).toBe(true)
    expect(parser(SendMessageFrame)({ ...frame, content: `${frame.content}!` })).toMatchObject({
      error: { message: 'content: must have at most 10000 characters.' },
    })
  })

  test('repeats a part of a long name only', () => {
    const result = parser(RegisterRequest)({ ...person, ['x'.repeat(100_000)]: 1 })
    expect(result).toMatchObject({ ok: false, error: { path: `${'x'.repeat(60)}…` } })
  })

  test('says that a pattern without words is not met', () => {
    expect(parser(Type.String({ pattern: '^a$' }))('b')).toMatchObject({
      error: { message: 'The request must be of the right form.', path: '' },
    })
  })
})

function user(fields: object): object {
  const valid = {
    id: ID,
    username: 'ada',
    display_name: 'Ada',
    email: null,
    role: 'user',
    created_at: '2026-11-20T09:30:00.000Z',
  }
  return { ...valid, ...fields }
}
