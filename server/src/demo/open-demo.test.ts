import { ROUTES } from '@glasshouse/contracts'
import { newId, ok, type UserId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import type { House } from '../house.ts'
import { openDemo } from './open-demo.ts'
import { DEMO_ADMIN, DEMO_LAST_CHANNEL } from './story.ts'

const [maya, robin] = [newId<UserId>(), newId<UserId>()]
const shown = (id: UserId, username: string, name: string) => ({ id, username, display_name: name })

/** A house that was filled before, as it answers: of accounts by the beginning of their names, a page at a time. */
function filledHouse(pages: readonly ReturnType<typeof shown>[][], roleOfRobin: 'admin' | 'user' = 'admin'): House {
  const listChannels = async () =>
    ok({ status: 200, body: { items: [{ id: newId(), name: DEMO_LAST_CHANNEL.name }], next: null } })
  const house = {
    identity: {
      importedPeople: async () => [{ externalId: 'maya', userId: maya, username: 'maya', displayName: 'Maya' }],
      listUsers: async (_caller: unknown, { cursor = '0' }: { cursor?: string }) => {
        const next = Number(cursor) + 1
        return ok({ items: pages[Number(cursor)] ?? [], next: next < pages.length ? String(next) : null })
      },
      getUser: async () => ok({ ...shown(robin, DEMO_ADMIN, 'Robin'), role: roleOfRobin }),
    },
    chat: { endpoints: [{ route: ROUTES.listChannels, handle: listChannels }] },
  }
  return house as unknown as House
}

test('the administrator of the demo is who has that user name, whoever else shows it', async () => {
  const strangers = Array.from({ length: 3 }, (_, n) => shown(newId(), `alf-${n}`, 'Robin X'))
  const house = filledHouse([strangers, [shown(newId(), 'robert', DEMO_ADMIN), shown(robin, DEMO_ADMIN, 'Robin')]])
  const opened = await openDemo(house)
  expect(opened.ok && opened.value.demo.hands.person(DEMO_ADMIN).userId).toBe(robin)
})

test('nobody who is no administrator is taken for it', async () => {
  expect(await openDemo(filledHouse([[shown(newId(), 'alf', 'Robin X')]]))).toMatchObject({ ok: false })
  expect(await openDemo(filledHouse([[shown(robin, DEMO_ADMIN, 'Robin')]], 'user'))).toMatchObject({ ok: false })
})
