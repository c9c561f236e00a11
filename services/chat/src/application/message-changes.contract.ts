import { err, newId, ok, type ChannelId, type ClientId, type MessageId, type UserId } from '@glasshouse/kernel'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Emoji } from '../domain/emoji.ts'
import type { ChangeRequest } from '../domain/message-change.ts'
import type { MessageContent } from '../domain/message-content.ts'
import { createTestChannel, type StoresUnderTest } from './message-log.contract.ts'
import type { ChangedMessage, MessageChanges, MessageDraft, StoredMessage } from './ports.ts'

export interface ChangingStoresUnderTest extends StoresUnderTest {
  readonly messageChanges: MessageChanges
}

/** What every store must make of a decided change of a message. */
export function messageChangesContract(stores: () => ChangingStoresUnderTest): void {
  const author = newId<UserId>()
  const other = newId<UserId>()
  let channelId: ChannelId

  const send = async (content: string, more: Partial<MessageDraft> = {}): Promise<MessageId> => {
    const id = newId<MessageId>()
    const draft = { id, channelId, userId: author, clientId: undefined, threadId: undefined, content, ...more }
    const appended = await stores().messages.append([draft])
    if (!appended.ok || appended.value[0]?.kind !== 'appended') throw new Error(`${content} was not appended`)
    return id
  }
  const change = async (
    messageId: MessageId,
    request: ChangeRequest | 'unchanged',
    userId = author,
  ): Promise<ChangedMessage> => {
    const changed = await stores().messageChanges.change({ channelId, messageId, userId }, () => ok(request))
    if (!changed.ok) throw new Error('what was decided was refused')
    return changed.value
  }
  const edit = (content: string): ChangeRequest => ({
    kind: 'edit',
    content: content as MessageContent,
    mentionNames: [],
  })
  const react = (emoji: string): ChangeRequest => ({ kind: 'react', emoji: emoji as Emoji })
  const read = async (messageId: MessageId): Promise<StoredMessage | undefined> =>
    (await stores().reader.message(channelId, messageId))?.message
  const head = () => stores().reader.head(channelId)

  beforeEach(async () => {
    channelId = await createTestChannel(stores().channels, author)
  })

  describe('MC-1: a change', () => {
    test('is decided from what is there, under the lock', async () => {
      const root = await send('root')
      const reply = await send('reply', { threadId: root, userId: other })
      await change(reply, react('👍'), author)
      await change(reply, { kind: 'pin' })
      const target = { channelId, messageId: reply, userId: author }
      const seen = await stores().messageChanges.change(target, (state) => err(state))
      expect(seen).toEqual({
        ok: false,
        error: {
          authorId: other,
          content: 'reply',
          threadId: root,
          deleted: false,
          pinned: true,
          poll: undefined,
          reactions: [{ emoji: '👍', mine: true }],
          channel: { type: 'public', archived: false, role: 'owner', pinCount: 1 },
        },
      })
    })

    test('that is refused, or changes nothing, leaves the stream where it was', async () => {
      const id = await send('x')
      const before = await head()
      expect(await change(id, 'unchanged')).toMatchObject({ changes: [], message: { content: 'x', seq: before } })
      const nowhere = { channelId, messageId: newId<MessageId>(), userId: author }
      const elsewhere = await createTestChannel(stores().channels, author)
      for (const target of [
        nowhere,
        { ...nowhere, channelId: newId<ChannelId>() },
        { ...nowhere, channelId: elsewhere },
      ]) {
        expect(await stores().messageChanges.change(target, (state) => err(state))).toEqual({
          ok: false,
          error: undefined,
        })
      }
      expect(await head()).toBe(before)
    })

    test('takes the next place, with the message as it is now, and is what `changes` answers', async () => {
      const id = await send('one')
      await send('two')
      const before = (await head()) ?? 0
      const { changes, message } = await change(id, edit('uno'))
      expect(message).toMatchObject({
        id,
        content: 'uno',
        seq: before - 1,
        changedSeq: before + 1,
      })
      expect(message.editedAtMs).toBeGreaterThanOrEqual(message.createdAtMs)
      expect(changes).toEqual([message])
      const page = await stores().reader.changes(channelId, before, 10)
      expect(page).toEqual({
        changes: [{ kind: 'message', changedSeq: before + 1, message }],
        through: before + 1,
        head: before + 1,
      })
    })

    test('of many at once, beside sends, neither loses one nor shares a place', async () => {
      const ids = await Promise.all(Array.from({ length: 4 }, (_, index) => send(`${index}`)))
      const people = Array.from({ length: 6 }, () => newId<UserId>())
      const before = (await head()) ?? 0
      const places: number[] = []
      await Promise.all(
        people.flatMap((userId) =>
          ids.map(async (id, index) => {
            const { changes } = await change(id, react('🎉'), userId)
            places.push(...changes.map(({ changedSeq }) => changedSeq))
            if (index === 0) await send('meanwhile')
          }),
        ),
      )
      expect(new Set(places).size).toBe(24)
      expect(await head()).toBe(before + 24 + 6)
      for (const id of ids) expect((await read(id))?.reactions).toMatchObject([{ emoji: '🎉', count: 6 }])
    })
  })

  describe('MC-2: editing', () => {
    test('keeps what was replaced, with the time at which it was written', async () => {
      const id = await send('first')
      const first = await read(id)
      const { message: second } = await change(id, edit('second'))
      await change(id, edit('third'))
      expect(await stores().reader.edits(id)).toEqual([
        { content: 'first', writtenAtMs: first?.createdAtMs },
        { content: 'second', writtenAtMs: second.editedAtMs },
      ])
    })

    test('keeps the first text and the newest ones, a hundred together', async () => {
      const id = await send('0')
      for (let count = 1; count <= 103; count++) await change(id, edit(`${count}`))
      const edits = (await stores().reader.edits(id)).map(({ content }) => content)
      expect(edits).toHaveLength(100)
      expect([edits[0], edits[1], edits.at(-1)]).toEqual(['0', '4', '102'])
    })

    test('ST-4: does not make a retry of the send another message', async () => {
      const clientId = newId<ClientId>()
      const id = await send('once', { clientId })
      await change(id, edit('later'))
      const again = {
        id: newId<MessageId>(),
        channelId,
        userId: author,
        clientId,
        threadId: undefined,
        content: 'once',
      }
      expect(await stores().messages.append([again])).toMatchObject({ ok: true, value: [{ kind: 'repeated', id }] })
    })
  })

  describe('MC-3: deleting', () => {
    test('leaves nothing but the place and the author', async () => {
      const id = await send('secret')
      await change(id, edit('also secret'))
      await change(id, react('👍'), other)
      await change(id, { kind: 'pin' })
      const before = (await head()) ?? 0
      const { changes, message } = await change(id, { kind: 'delete' })
      expect(changes).toEqual([message])
      expect(message).toMatchObject({
        id,
        userId: author,
        changedSeq: before + 1,
        deleted: true,
        content: '',
        reactions: [],
        editedAtMs: null,
        pinnedAtMs: null,
        pinnedBy: null,
      })
      expect(await stores().reader.edits(id)).toEqual([])
      expect((await stores().reader.pins(channelId))?.messages).toEqual([])
      expect(await read(id)).toEqual(message)
    })

    test('of a reply changes its root at the next place, for it has one reply less', async () => {
      const root = await send('root')
      const replies = [await send('a', { threadId: root }), await send('b', { threadId: root })]
      const before = (await head()) ?? 0
      const { changes } = await change(replies[1] as MessageId, { kind: 'delete' })
      expect(changes).toMatchObject([
        { id: replies[1], changedSeq: before + 1, deleted: true },
        { id: root, changedSeq: before + 2, deleted: false, replyCount: 1, lastReplySeq: before - 1 },
      ])
      expect(await head()).toBe(before + 2)
      const page = await stores().reader.changes(channelId, before, 10)
      expect(page?.changes.map((one) => one.kind === 'message' && one.message)).toEqual(changes)
    })

    test('HI-1: of a root lets its replies stay, and what is left of it, until the last of them goes', async () => {
      const everything = { beforeSeq: undefined, afterSeq: undefined, fromMs: undefined, toMs: undefined }
      const history = async () => {
        const found = await stores().reader.history(channelId, { range: everything, position: undefined, limit: 10 })
        return found?.messages.map(({ id, deleted, replyCount }) => ({ id, deleted, replyCount }))
      }
      const root = await send('root')
      const reply = await send('reply', { threadId: root })
      await change(root, { kind: 'delete' })
      expect(await history()).toEqual([
        { id: reply, deleted: false, replyCount: 0 },
        { id: root, deleted: true, replyCount: 1 },
      ])
      await change(reply, { kind: 'delete' })
      expect(await history()).toEqual([])
    })
  })

  describe('reactions', () => {
    test('RX-3: stand in the order in which their emoji came first, and go with the last of their people', async () => {
      const id = await send('x')
      await change(id, react('🎉'), other)
      await change(id, react('👍'), author)
      const { message } = await change(id, react('🎉'), author)
      expect(message.reactions).toEqual([
        { emoji: '🎉', count: 2, userIds: [other, author] },
        { emoji: '👍', count: 1, userIds: [author] },
      ])
      await change(id, { kind: 'unreact', emoji: '🎉' }, other)
      expect((await read(id))?.reactions.map(({ emoji, count }) => [emoji, count])).toEqual([
        ['👍', 1],
        ['🎉', 1],
      ])
      await change(id, { kind: 'unreact', emoji: '🎉' }, author)
      expect((await read(id))?.reactions).toEqual([{ emoji: '👍', count: 1, userIds: [author] }])
    })
  })

  describe('pins', () => {
    test('PN-2: are listed, the newest first, until they are taken off', async () => {
      const ids = [await send('a'), await send('b'), await send('c')]
      for (const id of [ids[1], ids[0]]) await change(id as MessageId, { kind: 'pin' }, other)
      const pins = async () => (await stores().reader.pins(channelId))?.messages
      const [first, second] = (await pins()) ?? []
      expect(new Set([first?.id, second?.id])).toEqual(new Set([ids[0], ids[1]]))
      expect(first?.pinnedAtMs).toBeGreaterThanOrEqual(second?.pinnedAtMs ?? Infinity)
      expect(first).toMatchObject({ pinnedBy: other })
      await change(ids[0] as MessageId, { kind: 'unpin' })
      expect(await pins()).toMatchObject([{ id: ids[1] }])
      expect(await read(ids[0] as MessageId)).toMatchObject({ pinnedAtMs: null, pinnedBy: null })
      expect(await stores().reader.pins(newId<ChannelId>())).toBeUndefined()
    })
  })
}
