import { err, newId, ok, type ChannelId, type UserId } from '@glasshouse/kernel'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ChannelFacts, MembershipChange } from '../domain/membership.ts'
import { createTestChannel, type StoresUnderTest } from './message-log.contract.ts'

/** What every store of members must do, in both streams that a membership belongs to. */
export function memberStoreContract(stores: () => StoresUnderTest): void {
  let owner: UserId
  let channelId: ChannelId

  const change = (changes: readonly MembershipChange[], archives = false) =>
    stores().members.change(channelId, [], () => ok({ changes, ...(archives ? { archives } : {}) }))
  const joins = (userId: UserId): MembershipChange => ({ userId, membership: 'joined', role: 'member' })
  const leaves = (userId: UserId): MembershipChange => ({ userId, membership: 'left', role: 'member' })
  const own = (userId: UserId) => stores().userStreams.changes(userId, 0, 100)

  beforeEach(async () => {
    owner = newId<UserId>()
    channelId = await createTestChannel(stores().channels, owner, 'private')
  })

  describe('changing members', () => {
    test('ME-1: each change has a place in the stream of the channel and one in that of the person', async () => {
      const [ann, ben] = [newId<UserId>(), newId<UserId>()]
      expect(await change([joins(ann), joins(ben)])).toMatchObject({
        value: {
          changes: [
            { userId: ann, membership: 'joined', changedSeq: 3, userSeq: 1 },
            { userId: ben, changedSeq: 4, userSeq: 1 },
          ],
        },
      })
      await change([leaves(ann), { userId: ben, membership: 'joined', role: 'moderator' }])
      expect(await stores().reader.changes(channelId, 2, 100)).toMatchObject({
        changes: [
          { kind: 'member', userId: ann, changedSeq: 5, membership: 'left', channelType: 'private' },
          { kind: 'member', userId: ben, changedSeq: 6, membership: 'joined', role: 'moderator' },
        ],
        head: 6,
      })
      expect(await own(ann)).toMatchObject({ changes: [{ changedSeq: 2, membership: 'left' }], through: 2, head: 2 })
      expect(await own(ben)).toMatchObject({
        changes: [{ changedSeq: 2, role: 'moderator', channel: { id: channelId } }],
      })
      const found = await stores().channels.find(channelId, ben)
      expect(found).toMatchObject({ head: 6, channel: { memberCount: 2, role: 'moderator', type: 'private' } })
    })

    test('ME-1: coming back is a new beginning, a new role is none', async () => {
      const ann = newId<UserId>()
      const joinedAtMs = async (): Promise<number> => (await stores().members.find(channelId, ann))?.joinedAtMs ?? 0
      await change([joins(ann)])
      const first = await joinedAtMs()
      await change([{ userId: ann, membership: 'joined', role: 'owner' }])
      expect(await joinedAtMs()).toBe(first)
      await change([leaves(ann)])
      expect(await stores().members.find(channelId, ann)).toBeUndefined()
      await change([joins(ann)])
      expect(await joinedAtMs()).toBeGreaterThanOrEqual(first)
      expect((await stores().channels.find(channelId, ann))?.channel).toMatchObject({ memberCount: 2, role: 'member' })
    })

    test('ME-2: what is decided is decided by the facts of the moment, by one at a time', async () => {
      const people = Array.from({ length: 8 }, () => newId<UserId>())
      const seen: ChannelFacts[] = []
      await Promise.all(
        people.map((userId) =>
          stores().members.change(channelId, [userId, owner], (facts) => {
            seen.push(facts)
            return facts.memberCount < 5 ? ok({ changes: [joins(userId)] }) : err('not_allowed')
          }),
        ),
      )
      expect(seen.map(({ memberCount }) => memberCount)).toEqual([1, 2, 3, 4, 5, 5, 5, 5])
      for (const facts of seen) {
        expect(facts).toMatchObject({ type: 'private', archived: false, ownerCount: 1 })
        expect(facts.roles).toEqual(new Map([[owner, 'owner']]))
      }
      expect(await stores().members.list(channelId, { after: undefined, limit: 100 })).toMatchObject({ head: 6 })
      expect((await stores().channels.find(channelId, owner))?.channel.memberCount).toBe(5)
      expect(await stores().members.change(newId<ChannelId>(), [], () => ok({ changes: [] }))).toBeUndefined()
    })

    test('ME-5: the last to leave archives the channel, in the same step', async () => {
      expect(await change([leaves(owner)], true)).toMatchObject({ value: { archivedSeq: 4 } })
      const { head, changes } = (await stores().reader.changes(channelId, 2, 10)) ?? {}
      expect(head).toBe(4)
      expect(changes?.map(({ kind, changedSeq }) => [kind, changedSeq])).toEqual([
        ['member', 3],
        ['channel', 4],
      ])
      expect(
        await stores().members.change(channelId, [], (facts) =>
          facts.archived ? err('archived') : ok({ changes: [] }),
        ),
      ).toEqual(err('archived'))
    })

    test('ME-1: changes of the same people in many channels, in any order, neither lock each other out nor share a place', async () => {
      const people = Array.from({ length: 6 }, () => newId<UserId>())
      const channels = await Promise.all([1, 2, 3, 4].map(() => createTestChannel(stores().channels, owner, 'private')))
      await Promise.all(
        channels.map(async (id, index) => {
          const order = index % 2 === 0 ? people : people.toReversed()
          for (let round = 0; round < 6; round++) {
            const membership = round % 2 === 0 ? 'joined' : 'left'
            const changes = order.map((userId) => ({ userId, membership, role: 'member' }) as const)
            await stores().members.change(id, [], () => ok({ changes }))
          }
        }),
      )
      for (const userId of people) {
        const { head, through, changes } = await own(userId)
        expect({ head, through, count: changes.length }).toEqual({ head: 24, through: 24, count: 4 })
        expect(new Set(changes.map(({ changedSeq }) => changedSeq)).size).toBe(4)
      }
    })
  })

  describe('listing', () => {
    test('ME-4: longest first, in pages that meet, those who left are not in it', async () => {
      const people = Array.from({ length: 5 }, () => newId<UserId>())
      for (const userId of people) await change([joins(userId)])
      await change([leaves(people[2] as UserId)])
      const listed: UserId[] = []
      for (let after: UserId | undefined; ;) {
        const page = await stores().members.list(channelId, { after, limit: 2 })
        expect(page?.head).toBe(8)
        listed.push(...(page?.members.map(({ userId }) => userId) ?? []))
        after = page?.members.at(-1)?.userId
        if (after === undefined) break
      }
      const left = people.toSpliced(2, 1)
      expect(new Set(listed)).toEqual(new Set([owner, ...left]))
      expect(listed[0]).toBe(owner)
      expect(listed).toHaveLength(5)
    })

    test('CH-4: private channels are listed for those who are in them, and their names may be the same', async () => {
      const stranger = newId<UserId>()
      const list = async (viewerId: UserId, joined?: boolean, open: 'all' | ChannelId = 'all') => {
        const found = await stores().channels.list({ viewerId, after: undefined, joined, open, limit: 10_000 })
        return found?.channels.map(({ id }) => id)
      }
      const room = await createTestChannel(stores().channels, owner)
      expect(await list(owner)).toEqual(expect.arrayContaining([room, channelId]))
      expect(new Set(await list(owner, true))).toEqual(new Set([room, channelId]))
      expect(await list(owner, false)).not.toContain(room)
      expect(await list(stranger)).toContain(room)
      expect(await list(stranger)).not.toContain(channelId)
      expect(await list(stranger, true)).toEqual([])
      expect(await list(stranger, undefined, room)).toEqual([room])
      const from = { viewerId: stranger, joined: undefined, open: 'all' as const, limit: 1 }
      expect(await stores().channels.list({ ...from, after: channelId })).toBeUndefined()
    })

    test('OS-1: how somebody stands to many channels, with one question', async () => {
      const room = await createTestChannel(stores().channels, owner)
      const nowhere = newId<ChannelId>()
      const standings = await stores().channels.standings([room, channelId, nowhere], owner)
      expect([...standings].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(
        [
          [channelId, { head: 2, type: 'private', role: 'owner' }],
          [room, { head: 2, type: 'public', role: 'owner' }],
        ].toSorted(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
      )
      expect((await stores().channels.standings([channelId], undefined)).get(channelId)?.role).toBeUndefined()
      const asked = [room, channelId, nowhere].flatMap((id) =>
        [owner, newId<UserId>()].map((userId) => ({ channelId: id, userId })),
      )
      expect(await stores().channels.membersAmong(asked)).toEqual(
        new Map([
          [room, new Set([owner])],
          [channelId, new Set([owner])],
        ]),
      )
    })
  })
}
