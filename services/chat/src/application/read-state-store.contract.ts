import { newId, ok, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { beforeEach, describe, expect, test } from 'vitest'
import { withFollowing, withMark, withRead } from '../domain/read-state.ts'
import type { MentioningStoresUnderTest } from './mentions.contract.ts'
import { createTestChannel } from './message-log.contract.ts'
import type { KeepingStoresUnderTest } from './personal-store.contract.ts'
import type { MemberStore, UserStreamReader } from './ports.ts'

export interface ReadingStoresUnderTest extends MentioningStoresUnderTest, KeepingStoresUnderTest {
  readonly members: MemberStore
  readonly userStreams: UserStreamReader
}

const BOUNDS = { channelsMax: 10, threadsMax: 10, seqsMax: 5 }

/** What every store must know of how far people have read. */
export function readStateStoreContract(stores: () => ReadingStoresUnderTest): void {
  let channelId: ChannelId
  let ada: UserId
  let ben: UserId
  let benName: string

  const send = async (
    userId: UserId,
    more: { readonly threadId?: MessageId; readonly names?: readonly string[] } = {},
  ): Promise<{ readonly id: MessageId; readonly seq: number }> => {
    const id = newId<MessageId>()
    const { threadId, names = [] } = more
    const draft = { id, channelId, userId, clientId: undefined, threadId, content: 'x', mentionNames: names }
    const appended = await stores().messages.append([draft])
    const outcome = appended.ok ? appended.value[0] : undefined
    if (outcome?.kind !== 'appended') throw new Error('was not appended')
    return { id, seq: outcome.seq }
  }
  const change = (messageId: MessageId, request: Parameters<typeof ok>[0]) =>
    stores().messageChanges.change({ channelId, messageId, userId: ada }, () => ok(request as never))
  const read = (userId: UserId, seq: number, unmark?: number) =>
    stores().readStates.changeChannels(userId, [channelId], (state, { head }) => {
      const after = withRead(state, { seq, unmark }, head)
      return after && { ...state, ...after }
    })
  const mark = (userId: UserId, seq: number) =>
    stores().readStates.changeChannels(userId, [channelId], (state, { place }) => {
      const after = withMark(state, { seq, at: place })
      return after && { ...state, ...after }
    })
  const unreadOf = async (userId: UserId) => {
    const unread = await stores().readStates.unread(userId, BOUNDS)
    return { ...unread, channel: unread.channels.find((each) => each.channelId === channelId) }
  }

  beforeEach(async () => {
    ada = newId<UserId>()
    ben = newId<UserId>()
    benName = `ben-${ben.slice(-12)}`
    const record = { displayName: 'Ben', bot: false, role: 'user', state: 'active', accountCreatedAtMs: 0, version: 1 }
    await stores().users.upsert([{ id: ben, username: benName, ...record }])
    channelId = await createTestChannel(stores().channels, ada)
  })

  test('RD-3: what came before one joined is not unread; then what others wrote is, but for replies and what was deleted', async () => {
    await send(ada)
    await send(ben)
    expect((await unreadOf(ben)).channel).toMatchObject({ unread: [], mentions: [] })
    const [first, second, gone] = [await send(ada), await send(ada, { names: [benName] }), await send(ada)]
    await send(ben)
    await send(ada, { threadId: first.id })
    await change(gone.id, { kind: 'delete' })
    const { channel } = await unreadOf(ben)
    expect(channel).toMatchObject({ unread: [first.seq, second.seq], mentions: [second.seq] })
    expect(channel?.head).toBeGreaterThan(gone.seq)
  })

  test('RD-3: an edit adds and takes back a mention; `@channel` mentions everybody in it but its author', async () => {
    await send(ben)
    const message = await send(ada)
    await change(message.id, { kind: 'edit', content: 'y', mentionNames: ['channel'] })
    expect((await unreadOf(ben)).channel).toMatchObject({ mentions: [message.seq] })
    expect((await unreadOf(ada)).channel).toMatchObject({ mentions: [] })
    await change(message.id, { kind: 'edit', content: 'z', mentionNames: [] })
    expect((await unreadOf(ben)).channel).toMatchObject({ unread: [message.seq], mentions: [] })
  })

  test('RD-4: the oldest are told one by one, up to the bound', async () => {
    await send(ben)
    const seqs: number[] = []
    for (let index = 0; index < 7; index++) seqs.push((await send(ada)).seq)
    expect((await unreadOf(ben)).channel?.unread).toEqual(seqs.slice(0, 5))
    await read(ben, seqs[2] ?? 0)
    expect((await unreadOf(ben)).channel?.unread).toEqual(seqs.slice(3))
  })

  test('RD-1: a position only grows, up to the head, at a place of one’s own stream for each change', async () => {
    await send(ben)
    const message = await send(ada)
    const before = (await unreadOf(ben)).userHead
    expect((await read(ben, message.seq + 1_000))[0]).toMatchObject({
      changedSeq: before + 1,
      state: { readSeq: message.seq },
    })
    expect((await read(ben, 1))[0]).toMatchObject({ changedSeq: undefined, state: { readSeq: message.seq } })
    expect(await unreadOf(ben)).toMatchObject({ userHead: before + 1, channel: { unread: [] } })
    const { changes, head } = await stores().userStreams.changes(ben, before, 10)
    expect({ changes, head }).toMatchObject({
      changes: [{ kind: 'channel', changedSeq: before + 1, channelId, state: { readSeq: message.seq } }],
      head: before + 1,
    })
    expect(await read(newId<UserId>(), 1)).toEqual([])
  })

  test('RD-1: many devices at once end at the greatest', async () => {
    await send(ben)
    const seqs = await Promise.all(Array.from({ length: 6 }, async () => (await send(ada)).seq))
    await Promise.all(seqs.toSorted((a, b) => b - a).map((seq) => read(ben, seq)))
    expect((await unreadOf(ben)).channel).toMatchObject({ unread: [], state: { readSeq: Math.max(...seqs) } })
  })

  test('RD-2: a mark brings messages back until a read names it', async () => {
    await send(ben)
    const [first, second] = [await send(ada), await send(ada)]
    await read(ben, second.seq)
    const [marked] = await mark(ben, first.seq)
    expect((await unreadOf(ben)).channel).toMatchObject({ unread: [first.seq, second.seq] })
    const third = await send(ada)
    await read(ben, third.seq)
    expect((await unreadOf(ben)).channel).toMatchObject({ unread: [first.seq, second.seq, third.seq] })
    await read(ben, 0, marked?.state.mark?.at)
    expect((await unreadOf(ben)).channel).toMatchObject({ unread: [], state: { mark: undefined } })
  })

  describe('threads', () => {
    test('RD-5: who wrote the root has all replies unread, who replied only what came after, who is mentioned that one', async () => {
      await send(ben)
      const cleo = newId<UserId>()
      const root = await send(ada)
      const first = await send(cleo, { threadId: root.id })
      const second = await send(cleo, { threadId: root.id, names: [benName] })
      const third = await send(ada, { threadId: root.id })
      const threadOf = async (userId: UserId) => (await unreadOf(userId)).threads
      expect(await threadOf(ada)).toMatchObject([{ rootId: root.id, channelId, unread: [first.seq, second.seq] }])
      expect(await threadOf(cleo)).toMatchObject([{ rootId: root.id, unread: [third.seq] }])
      expect(await threadOf(ben)).toMatchObject([{ unread: [second.seq, third.seq], mentions: [second.seq] }])
      await stores().readStates.changeThreads(ben, [root.id], (state) => withFollowing(state, false, 0))
      expect(await threadOf(ben)).toEqual([])
    })

    test('RD-5: following is a change of one’s own stream, also by a reply and in a batch of many', async () => {
      await send(ben)
      const roots = [await send(ada), await send(ada)]
      const before = (await unreadOf(ben)).userHead
      const draft = { channelId, userId: ben, clientId: undefined, content: 'x' }
      await stores().messages.append(
        [...roots, ...roots].map(({ id }) => ({ ...draft, id: newId<MessageId>(), threadId: id })),
      )
      const page = await stores().userStreams.changes(ben, before, 10)
      expect(page.head).toBe(before + 2)
      expect(new Set(page.changes.map((one) => (one.kind === 'thread' ? one.rootId : undefined)))).toEqual(
        new Set(roots.map(({ id }) => id)),
      )
      expect(page.changes.map(({ changedSeq }) => changedSeq)).toEqual([before + 1, before + 2])
    })

    test('RD-5: batches whose authors reply to each other, and join, never wait in a circle', async () => {
      const people = Array.from({ length: 6 }, () => newId<UserId>())
      const channels = await Promise.all(people.map((person) => createTestChannel(stores().channels, person)))
      const rootOf = async (index: number) => {
        const id = newId<MessageId>()
        const draft = { id, channelId: channels[index] ?? channelId, userId: people[index] ?? ada, clientId: undefined }
        await stores().messages.append([{ ...draft, threadId: undefined, content: 'root' }])
        return id
      }
      const roots = await Promise.all(people.map((_, index) => rootOf(index)))
      const outcomes = await Promise.all(
        people.map((userId, by) => {
          const order = by % 2 === 0 ? [...roots.keys()] : [...roots.keys()].toReversed()
          return stores().messages.append(
            order.map((index) => {
              const at = { channelId: channels[index] ?? channelId, threadId: roots[index] }
              return { ...at, id: newId<MessageId>(), userId, clientId: undefined, content: 'x' }
            }),
          )
        }),
      )
      expect(outcomes.map(({ ok: stored }) => stored)).toEqual(people.map(() => true))
    })
  })
}
