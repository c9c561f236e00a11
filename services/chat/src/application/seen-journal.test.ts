import { newId, type UserId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { SeenJournal } from './seen-journal.ts'

test('PR-5: is written in parts; what cannot be written is kept, and what came meanwhile too', async () => {
  const people = Array.from({ length: 5 }, () => newId<UserId>())
  const written: ReadonlyMap<UserId, number>[] = []
  let away = false
  const journal = new SeenJournal(
    {
      async seen(part) {
        if (away) throw new Error('the database is away')
        written.push(part)
        const [first] = part.keys()
        // Seen again while it is written.
        if (first !== undefined && written.length === 1) journal.note(first, 99)
      },
    },
    2,
  )
  people.forEach((userId, index) => journal.note(userId, 10 + index))
  await journal.flush()
  expect(written.map((part) => part.size)).toEqual([2, 2, 1])
  away = true
  journal.note(people[1]!, 50)
  await expect(journal.flush()).rejects.toThrow('away')
  expect(people.map((userId) => journal.newest(userId, 40))).toEqual([99, 50, 40, 40, 40])
  away = false
  await journal.flush()
  expect(new Map(written.slice(3).flatMap((part) => [...part]))).toEqual(
    new Map([
      [people[0], 99],
      [people[1], 50],
    ]),
  )
})
