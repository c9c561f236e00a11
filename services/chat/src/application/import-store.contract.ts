import { newId, ok, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { beforeEach, describe, expect, test } from 'vitest'
import { toChannelName } from '../domain/channel-name.ts'
import { createTestChannel, type StoresUnderTest } from './message-log.contract.ts'
import type { ImportedMessageRow, StoredMessage } from './ports.ts'

/** What every store must do with history from elsewhere. */
export function importStoreContract(stores: () => StoresUnderTest): void {
  const author = newId<UserId>()
  let channelId: ChannelId

  const row = (content: string, more: Partial<ImportedMessageRow> = {}): ImportedMessageRow => ({
    id: newId<MessageId>(),
    userId: author,
    content,
    createdAtMs: 1_600_000_000_123,
    editedAtMs: null,
    threadId: null,
    reactions: [],
    ...more,
  })
  const messages = async (): Promise<readonly StoredMessage[]> => {
    const range = { beforeSeq: undefined, afterSeq: undefined, fromMs: undefined, toMs: undefined }
    const found = await stores().reader.history(channelId, { range, position: undefined, limit: 10_000 })
    return found?.messages.toReversed() ?? []
  }

  beforeEach(async () => {
    channelId = await createTestChannel(stores().channels, author)
  })

  test('IM-1: an id follows from where a message came from, and from nothing else', () => {
    const origin = { source: 'slack:T1', externalId: 'C1' }
    const id = stores().imports.messageId(origin, '1600000000.000100')
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(stores().imports.messageId({ ...origin }, '1600000000.000100')).toBe(id)
    const others = [
      stores().imports.messageId(origin, '1600000000.000200'),
      stores().imports.messageId({ ...origin, externalId: 'C2' }, '1600000000.000100'),
      stores().imports.messageId({ ...origin, source: 'slack:T2' }, '1600000000.000100'),
      // What one part ends with, another must not begin with.
      stores().imports.messageId({ source: 'slack:T1C', externalId: '1' }, '1600000000.000100'),
    ]
    expect(new Set([id, ...others]).size).toBe(5)
  })

  test('IM-2: rows come in once, in their order, with their own times; a second time nothing happens', async () => {
    const rows = [row('a'), row('', { editedAtMs: 1_600_000_100_000 }), row('c')]
    expect(await stores().imports.addMessages(channelId, rows.slice(0, 2))).toEqual({ inserted: 2 })
    expect(await stores().imports.addMessages(channelId, rows)).toEqual({ inserted: 1 })
    expect(await stores().imports.addMessages(channelId, rows)).toEqual({ inserted: 0 })
    expect(await messages()).toMatchObject([
      { seq: 3, changedSeq: 3, content: 'a', createdAtMs: 1_600_000_000_123, editedAtMs: null },
      { seq: 4, content: '', editedAtMs: 1_600_000_100_000 },
      { seq: 5, content: 'c' },
    ])
    expect(await stores().reader.head(channelId)).toBe(5)
  })

  test('IM-4: a reply finds its root in the same batch or an earlier one; without a root it stands by itself', async () => {
    const root = row('root')
    const here = row('in the batch of its root', { threadId: root.id })
    await stores().imports.addMessages(channelId, [root, here])
    const later = row('later', { threadId: root.id })
    const lost = row('root was lost', { threadId: newId<MessageId>() })
    const nested = row('reply to a reply', { threadId: here.id })
    await stores().imports.addMessages(channelId, [later, lost, nested])
    const threads = (await messages()).map(({ content, threadId }) => [content, threadId])
    expect(threads).toEqual([
      ['root', null],
      ['in the batch of its root', root.id],
      ['later', root.id],
      ['root was lost', null],
      ['reply to a reply', null],
    ])
  })

  test('IM-2: imports and live sends share the stream without a hole, and live time goes on from now', async () => {
    const before = Date.now()
    const live = async (content: string): Promise<void> => {
      const draft = {
        id: newId<MessageId>(),
        channelId,
        userId: author,
        clientId: undefined,
        threadId: undefined,
        content,
      }
      expect(await stores().messages.append([draft])).toMatchObject({ ok: true, value: [{ kind: 'appended' }] })
    }
    const batches = Array.from({ length: 5 }, (_, batch) =>
      Array.from({ length: 20 }, (_row, index) => row(`${batch} ${index}`, { createdAtMs: before + 86_400_000 })),
    )
    await Promise.all([
      ...batches.map((rows) => stores().imports.addMessages(channelId, rows)),
      ...Array.from({ length: 20 }, (_, index) => live(`live ${index}`)),
    ])
    const found = await messages()
    expect(found.map(({ seq }) => seq)).toEqual(Array.from({ length: 120 }, (_, index) => index + 3))
    // Imported times of tomorrow do not push the clock of the live ones.
    for (const message of found.filter(({ content }) => content.startsWith('live'))) {
      expect(message.createdAtMs).toBeLessThan(before + 86_400_000)
    }
  })

  test('IM-5: members join once, each at a place of their own', async () => {
    const people = [newId<UserId>(), newId<UserId>()]
    await stores().imports.addMembers(channelId, [...people, author])
    await stores().imports.addMembers(channelId, people)
    await stores().imports.addMembers(channelId, [])
    const page = await stores().reader.changes(channelId, 2, 100)
    expect(page?.changes).toMatchObject([
      { kind: 'member', changedSeq: 3, userId: people[0] },
      { kind: 'member', changedSeq: 4, userId: people[1] },
    ])
    expect(await stores().channels.find(channelId, people[0])).toMatchObject({
      channel: { memberCount: 3, role: 'member' },
      head: 4,
    })
  })

  test('IM-5: who is banned stays out', async () => {
    const [banned, other] = [newId<UserId>(), newId<UserId>()]
    const target = { channelId, userId: banned, kind: 'ban', actorId: author } as const
    const terms = { untilMs: Number.POSITIVE_INFINITY, reason: null, setBy: author, setAtMs: 0 }
    await stores().restrictions.change(target, () =>
      ok({ request: 'set', terms, before: undefined, membership: undefined }),
    )
    await stores().imports.addMembers(channelId, [banned, other])
    expect((await stores().channels.find(channelId, banned))?.channel).toMatchObject({
      memberCount: 2,
      role: undefined,
    })
    expect((await stores().channels.find(channelId, other))?.channel).toMatchObject({ role: 'member' })
  })

  describe('IM-3: a channel', () => {
    const channel = (name: string) => ({
      id: newId<ChannelId>(),
      name: toChannelName(name),
      description: '',
      createdAtMs: 1_500_000_000_000,
      archivedAtMs: null,
    })

    test('is found by its origin, and made once however many try', async () => {
      const origin = { source: 'test', externalId: newId<MessageId>() }
      const tries = Array.from({ length: 5 }, (_, index) => channel(`many ${origin.externalId} ${index}`))
      const made = await Promise.all(tries.map((one) => stores().imports.createChannel(origin, one)))
      expect(made.filter(Boolean)).toHaveLength(1)
      const found = await stores().imports.findChannel(origin)
      expect(found?.channelId).toBe(tries[made.indexOf(true)]?.id)
    })

    test('whose name is taken is not made', async () => {
      const name = `taken ${newId<MessageId>()}`
      const first = { source: 'test', externalId: newId<MessageId>() }
      const second = { source: 'test', externalId: newId<MessageId>() }
      expect(await stores().imports.createChannel(first, channel(name))).toBe(true)
      expect(await stores().imports.createChannel(second, channel(name.toUpperCase()))).toBe(false)
      expect(await stores().imports.findChannel(second)).toBeUndefined()
    })

    test('that is not there takes nothing', async () => {
      await expect(stores().imports.addMessages(newId<ChannelId>(), [row('lost')])).rejects.toThrow('no channel')
    })
  })
}
