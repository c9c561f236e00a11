import { newId, ok, type ChannelId, type ClientId, type MessageId, type UserId } from '@glasshouse/kernel'
import { beforeEach, describe, expect, test } from 'vitest'
import { parseChannelName } from '../domain/channel-name.ts'
import type {
  AppendOutcome,
  ChannelReader,
  ChannelStore,
  ImportStore,
  MemberStore,
  MessageDraft,
  MessageLog,
  UserStreamReader,
} from './ports.ts'
import type { RestrictionStore } from './restriction-ports.ts'

export interface StoresUnderTest {
  readonly messages: MessageLog
  readonly channels: ChannelStore
  readonly members: MemberStore
  readonly userStreams: UserStreamReader
  readonly reader: ChannelReader
  readonly imports: ImportStore
  readonly restrictions: RestrictionStore
}

/** Creates a channel with a name of its own; its creator is its only member, and its head is 2. */
export async function createTestChannel(
  channels: ChannelStore,
  createdBy: UserId,
  type: 'public' | 'private' = 'public',
): Promise<ChannelId> {
  const id = newId<ChannelId>()
  const name = parseChannelName(`room ${id}`)
  if (!name.ok) throw new Error('a bad name for a test channel')
  await channels.create({ id, type, name: name.value, description: '', createdBy, createdAtMs: Date.now() }, [])
  return id
}

/** What every store of messages must do. */
export function messageLogContract(stores: () => StoresUnderTest): void {
  const owner = newId<UserId>()
  let channelId: ChannelId

  const draft = (content: string, more: Partial<MessageDraft> = {}): MessageDraft => ({
    id: newId<MessageId>(),
    channelId,
    userId: owner,
    clientId: undefined,
    threadId: undefined,
    content,
    ...more,
  })
  const append = async (...drafts: MessageDraft[]): Promise<readonly AppendOutcome[]> => {
    const result = await stores().messages.append(drafts)
    if (!result.ok) throw new Error(`append failed: ${String(result.error.cause)}`)
    return result.value
  }
  const changes = async () => (await stores().reader.changes(channelId, 0, 1_000))?.changes ?? []

  beforeEach(async () => {
    channelId = await createTestChannel(stores().channels, owner)
  })

  describe('appending', () => {
    test('ST-1: messages are numbered from the head, in the order of the batch, without holes', async () => {
      const drafts = ['a', 'b', 'c'].map((content) => draft(content))
      const outcomes = await append(...drafts)
      expect(outcomes).toMatchObject(
        drafts.map(({ id }, index) => ({ kind: 'appended', id, seq: 3 + index, joinSeq: undefined })),
      )
      expect(await append(draft('d'))).toMatchObject([{ seq: 6 }])
      expect(await stores().reader.head(channelId)).toBe(6)
    })

    test('ST-3: whoever is no member joins just before their first message, at a place of its own', async () => {
      const [ann, ben] = [newId<UserId>(), newId<UserId>()]
      const outcomes = await append(
        draft('1', { userId: ann }),
        draft('2', { userId: owner }),
        draft('3', { userId: ann }),
        draft('4', { userId: ben }),
      )
      expect(outcomes).toMatchObject([
        { seq: 4, joinSeq: 3 },
        { seq: 5, joinSeq: undefined },
        { seq: 6, joinSeq: undefined },
        { seq: 8, joinSeq: 7 },
      ])
      expect(await append(draft('5', { userId: ben }))).toMatchObject([{ seq: 9, joinSeq: undefined }])
      const joins = (await changes()).filter((change) => change.kind === 'member')
      expect(joins).toMatchObject([
        { userId: owner, changedSeq: 2, membership: 'joined' },
        { userId: ann, changedSeq: 3, membership: 'joined' },
        { userId: ben, changedSeq: 7, membership: 'joined' },
      ])
      expect((await stores().channels.find(channelId, ann))?.channel).toMatchObject({ memberCount: 3, role: 'member' })
    })

    test('ST-4: a known client_id is the first message again when the content is the same, else a conflict', async () => {
      const clientId = newId<ClientId>()
      const [first] = await append(draft('once', { clientId }))
      const [same, other, thread] = await append(
        draft('once', { clientId }),
        // Another user's client_id is another one.
        draft('once', { clientId, userId: newId<UserId>() }),
        draft('plain'),
      )
      expect(same).toEqual({ ...first, kind: 'repeated', joinSeq: undefined })
      expect(same).toMatchObject({ kind: 'repeated' })
      expect(other).toMatchObject({ kind: 'appended' })
      expect(thread).toMatchObject({ kind: 'appended' })
      expect(await append(draft('twice', { clientId }))).toEqual([{ kind: 'conflict' }])
      const root = first?.kind === 'appended' ? first.id : undefined
      expect(await append(draft('once', { clientId, threadId: root }))).toEqual([{ kind: 'conflict' }])
      expect((await changes()).filter((change) => change.kind === 'message')).toHaveLength(3)
    })

    test('ST-4: what became of an earlier send can be asked without sending', async () => {
      const clientId = newId<ClientId>()
      const sent = draft('once', { clientId })
      expect(await stores().messages.findSent(sent)).toBeUndefined()
      const [first] = await append(sent)
      if (first?.kind !== 'appended') throw new Error('was not appended')
      const { id, seq, createdAtMs } = first
      expect(await stores().messages.findSent(draft('once', { clientId }))).toEqual({
        kind: 'repeated',
        id,
        seq,
        createdAtMs,
      })
      expect(await stores().messages.findSent(draft('other', { clientId }))).toEqual({ kind: 'conflict' })
    })

    test('ST-5: one that cannot be stored does not keep the others of its batch', async () => {
      const elsewhere = await createTestChannel(stores().channels, owner)
      const [root] = await append(draft('root'))
      const rootId = root?.kind === 'appended' ? root.id : undefined
      const [reply] = await append(draft('reply', { threadId: rootId }))
      const replyId = reply?.kind === 'appended' ? reply.id : undefined
      const outcomes = await append(
        draft('nowhere', { channelId: newId<ChannelId>() }),
        draft('no root', { threadId: newId<MessageId>() }),
        draft('reply to a reply', { threadId: replyId }),
        draft('root of another channel', { channelId: elsewhere, threadId: rootId }),
        draft('good', { threadId: rootId }),
      )
      expect(outcomes.map(({ kind }) => kind)).toEqual([
        'no_channel',
        'thread_not_found',
        'thread_not_found',
        'thread_not_found',
        'appended',
      ])
      expect(outcomes[4]).toMatchObject({ seq: 5 })
      expect(await stores().reader.head(elsewhere)).toBe(2)
    })

    test('ST-7: who is no member of a private channel cannot write there, decided when it is stored', async () => {
      const [ann, ben] = [newId<UserId>(), newId<UserId>()]
      channelId = await createTestChannel(stores().channels, owner, 'private')
      const join = (userId: UserId, membership: 'joined' | 'left') =>
        stores().members.change(channelId, [], () => ok({ changes: [{ userId, membership, role: 'member' }] }))
      await join(ann, 'joined')
      const clientId = newId<ClientId>()
      expect(
        await append(
          draft('in', { userId: ann, clientId }),
          draft('out', { userId: ben }),
          draft('mine'),
          draft('in again', { userId: ann }),
        ),
      ).toMatchObject([{ kind: 'appended', joinSeq: undefined }, { kind: 'outside' }, { seq: 5 }, { seq: 6 }])
      await join(ann, 'left')
      expect(await append(draft('late', { userId: ann }), draft('in', { userId: ann, clientId }))).toEqual([
        { kind: 'outside' },
        { kind: 'outside' },
      ])
      expect(await stores().reader.head(channelId)).toBe(7)
      // In a public one only those who may write as members only are kept out.
      const room = await createTestChannel(stores().channels, owner)
      expect(
        await append(
          draft('guest', { channelId: room, userId: ann, membersOnly: true }),
          draft('host', { channelId: room, membersOnly: true }),
        ),
      ).toMatchObject([{ kind: 'outside' }, { kind: 'appended', seq: 3 }])
    })

    test('ST-3: whoever joins by a message has that in their own stream, also in many channels at once', async () => {
      const [ann, ben] = [newId<UserId>(), newId<UserId>()]
      const other = await createTestChannel(stores().channels, owner)
      const outcomes = await append(
        draft('1', { userId: ann }),
        draft('2', { userId: ann, channelId: other }),
        draft('3', { userId: ben }),
        draft('4', { userId: ann }),
      )
      expect(outcomes).toMatchObject([
        { joinUserSeq: 1 },
        { joinUserSeq: 2 },
        { joinUserSeq: 1 },
        { joinUserSeq: undefined },
      ])
      const page = await stores().userStreams.changes(ann, 0, 10)
      expect(page).toMatchObject({
        changes: [
          { changedSeq: 1, membership: 'joined', role: 'member', channel: { id: channelId } },
          { changedSeq: 2, channel: { id: other } },
        ],
        through: 2,
        head: 2,
      })
      expect(await stores().userStreams.heads([ann, ben, newId<UserId>()])).toEqual(
        new Map([
          [ann, 2],
          [ben, 1],
        ]),
      )
    })

    test('ST-5: an archived channel takes no message, and still answers for those that it has', async () => {
      const origin = { source: 'test', externalId: channelId }
      const name = parseChannelName(`archive ${channelId}`)
      if (!name.ok) throw new Error('a bad name for a test channel')
      const archived = newId<ChannelId>()
      const made = { id: archived, name: name.value, description: '', createdAtMs: 0, archivedAtMs: 1 }
      expect(await stores().imports.createChannel(origin, made)).toBe(true)
      expect(await append(draft('late', { channelId: archived }))).toEqual([{ kind: 'archived' }])
    })

    test('ST-2: times never decrease within a channel, and have milliseconds', async () => {
      const times: number[] = []
      for (let round = 0; round < 5; round++) {
        for (const outcome of await append(draft('x'), draft('y'))) {
          if (outcome.kind === 'appended') times.push(outcome.createdAtMs)
        }
      }
      expect(times).toHaveLength(10)
      expect(times.every(Number.isInteger)).toBe(true)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    })

    test('ST-1: batches at the same time, of the same channels in any order, neither lock each other out nor share a place', async () => {
      const channels = [
        channelId,
        ...(await Promise.all([1, 2, 3].map(() => createTestChannel(stores().channels, owner)))),
      ]
      const senders = Array.from({ length: 8 }, () => newId<UserId>())
      await Promise.all(
        senders.map(async (userId, index) => {
          const order = index % 2 === 0 ? channels : channels.toReversed()
          for (let round = 0; round < 5; round++) {
            await append(...order.map((id) => draft(`${index} ${round}`, { channelId: id, userId })))
          }
        }),
      )
      for (const id of channels) {
        const page = await stores().reader.changes(id, 0, 1_000)
        const places = page?.changes.map(({ changedSeq }) => changedSeq)
        // The channel, its creator, eight joins and forty messages.
        expect(places).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
        expect(page).toMatchObject({ through: 50, head: 50 })
      }
    })

    test('MS-1: every character that may be sent comes back as it was', async () => {
      const content = `quotes ' " \\ braces { } , comma NULL null \t\r\n $1 \u{1f600} \u202e é e\u0301 ${'x'.repeat(9_000)}`
      const [outcome] = await append(draft(content), draft('NULL'), draft('\\'), draft('""'))
      const history = await stores().reader.history(channelId, {
        range: { beforeSeq: undefined, afterSeq: undefined, fromMs: undefined, toMs: undefined },
        position: undefined,
        limit: 10,
      })
      expect(outcome).toMatchObject({ kind: 'appended' })
      expect(history?.messages.map((message) => message.content)).toEqual(['""', '\\', 'NULL', content])
    })
  })

  describe('RL-4: the sends of the last window', () => {
    test('are those of live senders, oldest first, with their ages', async () => {
      const sender = newId<UserId>()
      await append(draft('1', { userId: sender }), draft('2', { userId: sender }))
      await append(draft('3', { userId: sender }))
      const sends = (await stores().messages.recentSends(60_000, 1_000)).filter((send) => send.userId === sender)
      expect(sends).toHaveLength(3)
      expect(sends.every((send) => send.channelId === channelId && send.ageMs >= 0 && send.ageMs < 60_000)).toBe(true)
      const ages = sends.map((send) => send.ageMs)
      expect(ages).toEqual(ages.toSorted((a, b) => b - a))
    })

    test('are at most as many as asked for, the newest', async () => {
      const sender = newId<UserId>()
      for (const content of ['1', '2', '3']) await append(draft(content, { userId: sender }))
      expect(await stores().messages.recentSends(60_000, 2)).toHaveLength(2)
      expect(await stores().messages.recentSends(0, 1_000)).toHaveLength(0)
    })
  })
}
