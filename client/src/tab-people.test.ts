import { newId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import type { TabId } from './tab-messages.ts'
import { TabPeople } from './tab-people.ts'

const [first, second] = ['first', 'second'].map((id) => id as TabId) as [TabId, TabId]
const [ann, ben, cid] = [newId(), newId(), newId()]
const presence = (userId: string, state: 'active' | 'away') => ({ type: 'presence', user_id: userId, state }) as const

test('E4 the people of all tabs are asked for together, and those of a tab that is gone no more', () => {
  const people = new TabPeople()
  expect(people.show(first, [ann, ben]).ask.user_ids).toEqual([ann, ben])
  expect(people.show(second, [ben, cid]).ask.user_ids).toEqual([ben, cid, ann])
  expect(people.forget(second)?.user_ids).toEqual([ann, ben])
  expect(people.forget(second)).toBeUndefined()
  expect(people.forget(first)?.user_ids).toEqual([])
  const many = people.show(
    first,
    Array.from({ length: 300 }, () => newId()),
  )
  expect(many.ask.user_ids).toHaveLength(200)
})

test('E5 a tab hears the last word on whom another tab shows, and nothing of a connection that is gone', () => {
  const people = new TabPeople()
  people.show(first, [ann])
  people.received(presence(ann, 'active'))
  people.received(presence(ann, 'away'))
  people.received(presence(cid, 'active'))
  expect(people.show(second, [ann, cid]).known).toEqual([presence(ann, 'away')])
  people.down()
  expect(people.show(second, [ann]).known).toEqual([])
})
