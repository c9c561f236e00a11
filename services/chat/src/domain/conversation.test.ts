import { newId, type UserId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { CONVERSATION_PEOPLE_MAX, explainConversationFault, parseConversation } from './conversation.ts'

const [ann, ben, cem] = [newId<UserId>(), newId<UserId>(), newId<UserId>()]
const many = Array.from({ length: CONVERSATION_PEOPLE_MAX }, () => newId<UserId>())

test('CV-1: the same people are the same conversation, whoever begins it, named twice or not', () => {
  const one = parseConversation('direct', ann, [ben])
  expect(parseConversation('direct', ben, [ann, ben, ann])).toEqual(one)
  expect(parseConversation('group', cem, [ben, ann])).toEqual(parseConversation('group', ann, [ben, cem, ann]))
})

test.each([
  ['direct', [], 1],
  ['direct', [ben], 2],
  ['direct', [ben, cem], 'direct_is_two'],
  ['group', [ben], 'group_is_more'],
  ['group', [ben, cem], 3],
  ['group', many.slice(1), CONVERSATION_PEOPLE_MAX],
  ['group', many, 'too_many'],
] as const)('CV-1: %s with %j: %s', (type, members, expected) => {
  const parsed = parseConversation(type, ann, members)
  expect(parsed.ok ? parsed.value.people.length : parsed.error.kind).toBe(expected)
  expect(parsed.ok ? '.' : explainConversationFault(parsed.error)).toMatch(/\.$/)
})
