import { newId, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { beforeEach, describe, expect, test } from 'vitest'
import { createTestChannel, type StoresUnderTest } from './message-log.contract.ts'
import type { ChannelStore, HistoryPosition, HistoryRange, ImportedMessageRow, StoredMessage } from './ports.ts'

const EVERYTHING: HistoryRange = { beforeSeq: undefined, afterSeq: undefined, fromMs: undefined, toMs: undefined }

/** What every store must answer about a channel's stream. */
export function channelReaderContract(stores: () => StoresUnderTest): void {
  const owner = newId<UserId>()
  let channelId: ChannelId

  const send = async (content: string, threadId?: MessageId): Promise<MessageId> => {
    const id = newId<MessageId>()
    const draft = { id, channelId, userId: owner, clientId: undefined, threadId, content }
    const appended = await stores().messages.append([draft])
    if (!appended.ok || appended.value[0]?.kind !== 'appended') throw new Error(`${content} was not appended`)
    return id
  }
  const addAt = (createdAtMs: number, more: Partial<ImportedMessageRow> = {}): ImportedMessageRow => ({
    id: newId<MessageId>(),
    userId: owner,
    content: `at ${createdAtMs}`,
    createdAtMs,
    editedAtMs: null,
    threadId: null,
    reactions: [],
    ...more,
  })
  const page = async (range: Partial<HistoryRange>, limit = 100, position?: HistoryPosition) => {
    const found = await stores().reader.history(channelId, { range: { ...EVERYTHING, ...range }, position, limit })
    if (found === undefined) throw new Error('there is no such channel')
    return found
  }
  const contents = (messages: readonly StoredMessage[]): string[] => messages.map(({ content }) => content)

  beforeEach(async () => {
    channelId = await createTestChannel(stores().channels, owner)
  })

  describe('history', () => {
    test('HI-1: newest first, within exclusive bounds of seq, with the head', async () => {
      for (const content of ['3', '4', '5', '6']) await send(content)
      expect(await page({})).toMatchObject({ head: 6 })
      expect(contents((await page({})).messages)).toEqual(['6', '5', '4', '3'])
      expect(contents((await page({ beforeSeq: 5 })).messages)).toEqual(['4', '3'])
      expect(contents((await page({ afterSeq: 4 })).messages)).toEqual(['6', '5'])
      expect(contents((await page({ afterSeq: 3, beforeSeq: 6 })).messages)).toEqual(['5', '4'])
      expect(contents((await page({}, 2)).messages)).toEqual(['6', '5'])
      expect((await page({ beforeSeq: 3 })).messages).toEqual([])
      expect((await page({ afterSeq: Number.MAX_SAFE_INTEGER })).messages).toEqual([])
    })

    test('HI-1: an empty channel has a head; one that is not there has nothing', async () => {
      expect(await page({})).toEqual({ head: 2, messages: [] })
      const nowhere = newId<ChannelId>()
      const query = { range: EVERYTHING, position: undefined, limit: 1 }
      expect(await stores().reader.history(nowhere, query)).toBeUndefined()
      expect(await stores().reader.head(nowhere)).toBeUndefined()
      expect(await stores().reader.changes(nowhere, 0, 1)).toBeUndefined()
      expect(await stores().reader.message(nowhere, newId<MessageId>())).toBeUndefined()
    })

    test('HI-2: a range of times goes by time, from inclusive to exclusive, whatever the seqs are', async () => {
      await stores().imports.addMessages(
        channelId,
        [3_000, 1_000, 2_000, 2_000, 4_000].map((at) => addAt(at)),
      )
      expect(contents((await page({ fromMs: 1_000, toMs: 4_000 })).messages)).toEqual([
        'at 3000',
        'at 2000',
        'at 2000',
        'at 1000',
      ])
      expect(contents((await page({ fromMs: 2_001 })).messages)).toEqual(['at 4000', 'at 3000'])
      expect(contents((await page({ toMs: 2_000 })).messages)).toEqual(['at 1000'])
      expect((await page({ fromMs: -9e15, toMs: 9e15 })).messages).toHaveLength(5)
      expect(contents((await page({ toMs: 4_000, beforeSeq: 5 })).messages)).toEqual(['at 3000', 'at 1000'])
    })

    test.each([
      { order: 'seq', range: {} },
      { order: 'time', range: { fromMs: 0 } },
    ])('HI-3: pages by $order meet, without a gap or a repeat, while messages come', async ({ range }) => {
      const times = Array.from({ length: 25 }, (_, index) => addAt(1_000 + (index % 4) * 1_000))
      await stores().imports.addMessages(channelId, times)
      const whole = contents((await page(range)).messages)
      const seen: StoredMessage[] = []
      for (let position: StoredMessage | undefined; ;) {
        const { messages } = await page(range, 4, position)
        seen.push(...messages)
        position = messages.at(-1)
        if (position === undefined) break
        await send('later')
      }
      expect(contents(seen)).toEqual(whole)
      expect(new Set(seen.map(({ seq }) => seq)).size).toBe(25)
    })
  })

  describe('a message', () => {
    test('TH-1: a root knows how many replies it has and when the last came; a reply knows its root', async () => {
      const root = await send('root')
      expect((await stores().reader.message(channelId, root))?.message).toMatchObject({
        replyCount: 0,
        lastReplyAtMs: null,
        lastReplySeq: null,
      })
      const replies = [await send('first', root), await send('second', root)]
      const found = (await stores().reader.message(channelId, root))?.message
      const last = (await stores().reader.message(channelId, replies[1] ?? root))?.message
      expect(found).toMatchObject({
        replyCount: 2,
        lastReplyAtMs: last?.createdAtMs,
        lastReplySeq: last?.seq,
        threadId: null,
      })
      expect(last).toMatchObject({ threadId: root, replyCount: 0 })
    })

    test('TH-2: replies are oldest first, in pages', async () => {
      const root = await send('root')
      for (const content of ['a', 'b', 'c']) await send(content, root)
      await send('no reply')
      const first = await stores().reader.replies({ rootId: root, afterSeq: 0, limit: 2 })
      expect(contents(first)).toEqual(['a', 'b'])
      const rest = await stores().reader.replies({ rootId: root, afterSeq: first.at(-1)?.seq ?? 0, limit: 2 })
      expect(contents(rest)).toEqual(['c'])
    })

    test('belongs to its channel: asked for in another one, it is not there', async () => {
      const id = await send('here')
      const elsewhere = await createTestChannel(stores().channels, owner)
      expect(await stores().reader.message(elsewhere, id)).toEqual({ head: 2, message: undefined })
    })

    test('HI-4: reactions are counted by emoji, in the order in which they came, at most 20 names each', async () => {
      const crowd = Array.from({ length: 25 }, () => newId<UserId>())
      const reactions = [
        { emoji: '👍', userIds: crowd },
        { emoji: 'a', userIds: [owner] },
      ]
      const row = addAt(1_000, { reactions })
      await stores().imports.addMessages(channelId, [row])
      expect((await stores().reader.message(channelId, row.id))?.message?.reactions).toEqual([
        { emoji: '👍', count: 25, userIds: crowd.slice(0, 20) },
        { emoji: 'a', count: 1, userIds: [owner] },
      ])
    })
  })

  describe('changes', () => {
    test('CS-1: everything since, in order of change, up to the head', async () => {
      const id = await send('3')
      const all = await stores().reader.changes(channelId, 0, 100)
      expect(all?.changes.map(({ kind, changedSeq }) => [kind, changedSeq])).toEqual([
        ['channel', 1],
        ['member', 2],
        ['message', 3],
      ])
      expect(all).toMatchObject({ through: 3, head: 3 })
      expect(await stores().reader.changes(channelId, 2, 100)).toMatchObject({
        changes: [{ kind: 'message', message: { id, seq: 3, content: '3' } }],
        through: 3,
      })
      expect(await stores().reader.changes(channelId, 3, 100)).toEqual({ changes: [], through: 3, head: 3 })
    })

    test('CS-1: a full page is complete up to its last change only', async () => {
      for (const content of ['3', '4', '5']) await send(content)
      expect(await stores().reader.changes(channelId, 0, 2)).toMatchObject({ through: 2, head: 5 })
      expect(await stores().reader.changes(channelId, 2, 3)).toMatchObject({ through: 5, head: 5 })
      expect(await stores().reader.changes(channelId, 2, 4)).toMatchObject({ through: 5, head: 5 })
    })

    test('CS-1: a page of long texts is a short one, and the next one goes on where it ends', async () => {
      const long = '好'.repeat(8_000)
      for (let count = 0; count < 5; count++) await send(long)
      const first = await stores().reader.changes(channelId, 0, 100)
      // Two without a text, and three of 24,000 bytes: the last of them goes over 65,536.
      expect(first).toMatchObject({ through: 5, head: 7 })
      expect(first?.changes).toHaveLength(5)
      const second = await stores().reader.changes(channelId, 5, 100)
      expect(second?.changes.map(({ changedSeq }) => changedSeq)).toEqual([6, 7])
      expect(second).toMatchObject({ through: 7, head: 7 })
    })
  })

  describe('channels', () => {
    const list = async (more: Partial<Parameters<ChannelStore['list']>[0]>) => {
      const query = { viewerId: owner, after: undefined, joined: undefined, open: 'all', limit: 1_000 } as const
      const found = await stores().channels.list({ ...query, ...more })
      if (found === undefined) throw new Error('the cursor was refused')
      return found
    }

    test('CH-3: creating is change 1, the creator joining change 2', async () => {
      const found = await stores().channels.find(channelId, owner)
      expect(found).toMatchObject({ head: 2, channel: { changedSeq: 1, memberCount: 1, role: 'owner' } })
      expect(await stores().channels.find(channelId, undefined)).toMatchObject({ channel: { role: undefined } })
      expect(await stores().channels.find(newId<ChannelId>(), owner)).toBeUndefined()
    })

    test('CH-5: the Lobby is made once', async () => {
      await Promise.all([1, 2, 3].map(() => stores().channels.ensureLobby(Date.now())))
      const { channels: listed } = await list({})
      expect(listed.filter(({ name }) => name === 'lobby')).toHaveLength(1)
    })

    test('CH-4: are listed by name, in pages that meet', async () => {
      await Promise.all([1, 2, 3, 4].map(() => createTestChannel(stores().channels, newId<UserId>())))
      const { channels: whole } = await list({})
      const paged = []
      for (let after: ChannelId | undefined; ;) {
        const { channels: found } = await list({ after, limit: 2 })
        paged.push(...found)
        after = found.at(-1)?.id
        if (after === undefined) break
      }
      expect(paged).toEqual(whole)
      const names = whole.map(({ name }) => name ?? '')
      expect(names).toEqual(names.toSorted())
      expect(whole.filter(({ role }) => role !== undefined).map(({ id }) => id)).toContain(channelId)
    })
  })
}
