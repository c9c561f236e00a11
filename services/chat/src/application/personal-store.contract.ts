import { newId, ok, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { beforeEach, describe, expect, test } from 'vitest'
import type { TimePosition } from '../domain/time-cursor.ts'
import type { ChangingStoresUnderTest } from './message-changes.contract.ts'
import { createTestChannel } from './message-log.contract.ts'
import type { PersonalStore, ReadStateStore, UserStreamReader } from './ports.ts'
import { withFollowing } from '../domain/read-state.ts'

export interface KeepingStoresUnderTest extends ChangingStoresUnderTest {
  readonly personal: PersonalStore
  readonly readStates: ReadStateStore
  readonly userStreams: UserStreamReader
}

/** What every store must keep for each person alone. */
export function personalStoreContract(stores: () => KeepingStoresUnderTest): void {
  let channelId: ChannelId
  let ada: UserId
  let ben: UserId

  const send = async (userId: UserId, threadId?: MessageId): Promise<MessageId> => {
    const id = newId<MessageId>()
    const draft = { id, channelId, userId, clientId: undefined, threadId, content: 'x' }
    const appended = await stores().messages.append([draft])
    if (!appended.ok || appended.value[0]?.kind !== 'appended') throw new Error('was not appended')
    return id
  }
  const remove = (messageId: MessageId) =>
    stores().messageChanges.change({ channelId, messageId, userId: ada }, () => ok({ kind: 'delete' } as const))
  const setFollowing = (userId: UserId, rootId: MessageId, following: boolean) =>
    stores().readStates.changeThreads(userId, [rootId], (state, { head }) => withFollowing(state, following, head))
  const threadsOf = async (userId: UserId, limit = 10, after?: TimePosition): Promise<readonly MessageId[]> =>
    (await stores().personal.threads(userId, { after, limit, open: 'all' })).map(({ id }) => id)
  const savedOf = async (userId: UserId, limit = 10, after?: TimePosition): Promise<readonly MessageId[]> =>
    (await stores().personal.saved(userId, { after, limit, open: 'all' })).map(({ message }) => message.id)

  beforeEach(async () => {
    ada = newId<UserId>()
    ben = newId<UserId>()
    channelId = await createTestChannel(stores().channels, ada)
  })

  describe('threads', () => {
    test('FO-1: who wrote the root and who replied follow it, from the first reply on', async () => {
      const root = await send(ada)
      expect(await stores().personal.isFollowing(ada, root)).toBe(false)
      await send(ben, root)
      expect(await stores().personal.isFollowing(ada, root)).toBe(true)
      expect(await stores().personal.isFollowing(ben, root)).toBe(true)
      expect(await stores().personal.isFollowing(newId<UserId>(), root)).toBe(false)
    })

    test('FO-1: who said no stays out, whoever replies, and may come back', async () => {
      const root = await send(ada)
      await setFollowing(ada, root, false)
      await send(ben, root)
      await send(ada, root)
      expect(await threadsOf(ada)).toEqual([])
      expect(await threadsOf(ben)).toEqual([root])
      await setFollowing(ada, root, true)
      expect(await threadsOf(ada)).toEqual([root])
    })

    test('FO-2: are listed by their newest reply, in pages that meet; those without a reply are not', async () => {
      const roots = [await send(ada), await send(ada), await send(ada)]
      for (const root of roots) await send(ben, root)
      await send(ben, roots[0])
      await setFollowing(ada, await send(ben), true)
      const whole = await stores().personal.threads(ada, { after: undefined, limit: 10, open: 'all' })
      expect(new Set(whole.map(({ id }) => id))).toEqual(new Set(roots))
      const times = whole.map(({ lastReplyAtMs }) => lastReplyAtMs ?? 0)
      expect(times).toEqual(times.toSorted((a, b) => b - a))
      const paged: MessageId[] = []
      for (let after: TimePosition | undefined; ;) {
        const [root] = await stores().personal.threads(ada, { after, limit: 1, open: 'all' })
        if (root === undefined) break
        paged.push(root.id)
        after = { timeMs: root.lastReplyAtMs ?? 0, id: root.id }
      }
      expect(paged).toEqual(whole.map(({ id }) => id))
    })

    test('FO-2: a deleted root is listed while it has replies', async () => {
      const root = await send(ada)
      const reply = await send(ben, root)
      await remove(root)
      expect(await threadsOf(ben)).toEqual([root])
      await remove(reply)
      expect(await threadsOf(ben)).toEqual([])
    })

    test('FO-2: whoever may not read a channel (any more) is not told when its threads go on', async () => {
      channelId = await createTestChannel(stores().channels, ada, 'private')
      const root = await send(ada)
      await send(ada, root)
      await setFollowing(ben, root, true)
      expect(await threadsOf(ada)).toEqual([root])
      expect(await threadsOf(ben)).toEqual([])
      channelId = await createTestChannel(stores().channels, ada)
      const open = await send(ada)
      await send(ada, open)
      await setFollowing(ben, open, true)
      expect(await threadsOf(ben, 1)).toEqual([open])
      const asGuest = { after: undefined, limit: 10, open: newId<ChannelId>() }
      expect(await stores().personal.threads(ben, asGuest)).toEqual([])
    })
  })

  describe('saved messages', () => {
    const bounds = { savedMax: 3 }
    const replays = { replayedMax: 100 }
    const ALL = { open: 'all', limit: 10 } as const

    test('SV-1: are each person’s own, the newest first, each once', async () => {
      const { personal } = stores()
      const ids = [await send(ada), await send(ben), await send(ada)]
      for (const id of ids) {
        const messageId = id
        expect(await personal.save(ada, id, bounds)).toMatchObject({ ok: true, value: { messageId, saved: true } })
        expect(await personal.save(ada, id, bounds)).toEqual(ok(undefined))
      }
      const whole = await personal.saved(ada, { after: undefined, limit: 10, open: 'all' })
      expect(new Set(whole.map(({ message }) => message.id))).toEqual(new Set(ids))
      expect(whole[0]?.savedAtMs).toBeGreaterThanOrEqual(whole[2]?.savedAtMs ?? Infinity)
      expect(await savedOf(ben)).toEqual([])
      const [first] = whole
      const after = { timeMs: first?.savedAtMs ?? 0, id: first?.message.id ?? '' }
      expect(await savedOf(ada, 10, after)).toEqual(whole.slice(1).map(({ message }) => message.id))
    })

    test('SV-1: are left out by the store where their channel may not be read', async () => {
      const { personal } = stores()
      channelId = await createTestChannel(stores().channels, ada, 'private')
      const id = await send(ada)
      for (const userId of [ada, ben]) await personal.save(userId, id, bounds)
      expect(await savedOf(ada)).toEqual([id])
      expect(await savedOf(ben)).toEqual([])
    })

    test('SV-2: are bounded, and taken off again', async () => {
      const { personal } = stores()
      const ids = [await send(ada), await send(ada), await send(ada), await send(ada)] as const
      const saved = await Promise.all(ids.map((id) => personal.save(ada, id, bounds)))
      expect(saved.filter((one) => one.ok)).toHaveLength(3)
      const [first = ids[0]] = await savedOf(ada)
      expect(await personal.unsave(ada, first, replays)).toMatchObject({ messageId: first, saved: false })
      expect(await personal.unsave(ada, first, replays)).toBeUndefined()
      expect(await savedOf(ada)).toHaveLength(2)
      expect(await personal.save(ada, first, bounds)).toMatchObject({ ok: true })
    })

    test('SV-3: each is a change of the person’s own stream, and the ids are those of the list', async () => {
      const { personal } = stores()
      const [one, other] = [await send(ben), await send(ben)]
      const before = (await personal.savedIds(ada, ALL)).userHead
      await personal.save(ada, one, bounds)
      await personal.save(ada, other, bounds)
      await personal.save(ada, other, bounds)
      await personal.unsave(ada, one, replays)
      await personal.unsave(ada, one, replays)
      expect(await personal.savedIds(ada, ALL)).toEqual({ userHead: before + 3, messageIds: [other] })
      expect((await personal.savedIds(ben, ALL)).messageIds).toEqual([])
      channelId = await createTestChannel(stores().channels, ada, 'private')
      const hidden = await send(ada)
      await personal.save(ben, hidden, bounds)
      expect((await personal.savedIds(ben, ALL)).messageIds).toEqual([])
    })

    test('SV-3: what was taken off is let go when no replay reaches it any more', async () => {
      const { personal } = stores()
      const [one, other] = [await send(ben), await send(ben)]
      const changesOf = async (message: MessageId) =>
        (await stores().userStreams.changes(ada, 0, 100)).changes.flatMap((change) =>
          change.kind === 'saved' && change.saved.messageId === message ? [change.saved.saved] : [],
        )
      for (const id of [one, other]) await personal.save(ada, id, bounds)
      await personal.unsave(ada, one, replays)
      expect(await changesOf(one)).toEqual([false])
      await personal.save(ada, one, bounds)
      await personal.unsave(ada, one, replays)
      await personal.unsave(ada, other, { replayedMax: 1 })
      expect(await changesOf(one)).toEqual([false])
      await personal.save(ada, other, bounds)
      await personal.unsave(ada, other, { replayedMax: 1 })
      expect(await changesOf(one)).toEqual([])
      expect(await changesOf(other)).toEqual([false])
    })

    test('MC-3: go with a deletion, and a deleted message is not saved', async () => {
      const id = await send(ada)
      await stores().personal.save(ben, id, bounds)
      await remove(id)
      expect(await savedOf(ben)).toEqual([])
      await stores().personal.save(ben, id, bounds)
      expect(await savedOf(ben)).toEqual([])
    })
  })
}
