import { newId, ok, type ChannelId, type GroupId, type MessageId, type UserId } from '@glasshouse/kernel'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MessageContent } from '../domain/message-content.ts'
import type { ChangingStoresUnderTest } from './message-changes.contract.ts'
import { createTestChannel } from './message-log.contract.ts'
import type { GroupStore, MessageDraft, StoredMention, UserReplica } from './ports.ts'

export interface MentioningStoresUnderTest extends ChangingStoresUnderTest {
  readonly users: UserReplica
  readonly groups: GroupStore
}

const BOUNDS = { groupsMax: 1_000 }

/** What every store must make of the names that messages mention, and of the groups among them. */
export function mentionsContract(stores: () => MentioningStoresUnderTest): void {
  const ada = newId<UserId>()
  const suffix = ada.slice(-12)
  const adaName = `Ada-${suffix}`
  const teamName = `Team-${suffix}`
  const teamId = newId<GroupId>()
  let channelId: ChannelId

  const group = (name: string, id = newId<GroupId>()) => ({
    id,
    name,
    description: '',
    createdBy: ada,
    createdAtMs: 1_700_000_000_000,
    memberIds: [ada],
  })
  const draft = (mentionNames: readonly string[], more: Partial<MessageDraft> = {}): MessageDraft => ({
    id: newId<MessageId>(),
    channelId,
    userId: ada,
    clientId: undefined,
    threadId: undefined,
    content: 'x',
    mentionNames,
    ...more,
  })
  const append = async (...drafts: MessageDraft[]) => {
    const appended = await stores().messages.append(drafts)
    if (!appended.ok) throw new Error(String(appended.error.cause))
    return appended.value
  }
  const read = async (id: MessageId): Promise<readonly StoredMention[] | undefined> =>
    (await stores().reader.message(channelId, id))?.message?.mentions

  beforeAll(async () => {
    const user = { id: ada, username: adaName, displayName: 'Ada', bot: false, role: 'user', state: 'active' }
    await stores().users.upsert([{ ...user, accountCreatedAtMs: 0, version: 1 }])
    expect(await stores().groups.create(group(teamName, teamId), BOUNDS)).toEqual(ok())
  })
  beforeEach(async () => {
    channelId = await createTestChannel(stores().channels, ada)
  })

  const toAda: StoredMention = { kind: 'user', name: adaName.toLowerCase(), id: ada }
  const toTeam: StoredMention = { kind: 'group', name: teamName.toLowerCase(), id: teamId }

  test('ME-2: names of people, groups and everybody are stored with the message, in its order; nobody’s is text', async () => {
    const names = ['here', toTeam.name, 'nobody-at-all', toAda.name]
    const one = draft(names)
    const plain = draft([])
    const mentions = [{ kind: 'here', name: 'here', id: null }, toTeam, toAda]
    expect(await append(one, plain)).toMatchObject([{ kind: 'appended', mentions }, { kind: 'appended' }])
    expect(await read(one.id)).toEqual(mentions)
    expect(await read(plain.id)).toEqual([])
    const page = await stores().reader.changes(channelId, 2, 10)
    expect(page?.changes.map((change) => change.kind === 'message' && change.message.mentions)).toEqual([mentions, []])
  })

  test('ME-2: one that is not stored mentions nobody, and does not keep the others of its batch', async () => {
    const clientId = newId<UserId>() as unknown as NonNullable<MessageDraft['clientId']>
    await append(draft([toAda.name], { clientId }))
    const again = draft([toAda.name], { clientId })
    const nowhere = draft([toAda.name], { channelId: newId<ChannelId>() })
    const good = draft([toTeam.name])
    expect(await append(again, nowhere, good)).toMatchObject([
      { kind: 'repeated', mentions: [toAda] },
      { kind: 'no_channel' },
      { kind: 'appended', mentions: [toTeam] },
    ])
    expect(await stores().messages.findSent(again)).toMatchObject({ kind: 'repeated', mentions: [toAda] })
  })

  test('ME-3: an edit mentions whom the new text names, and a deleted message nobody', async () => {
    const one = draft([toAda.name])
    await append(one)
    const target = { channelId, messageId: one.id, userId: ada }
    const content = 'y' as MessageContent
    const edit = { kind: 'edit', content, mentionNames: [toTeam.name] } as const
    const edited = await stores().messageChanges.change(target, () => ok(edit))
    expect(edited).toMatchObject({ ok: true, value: { message: { mentions: [toTeam] } } })
    await stores().messageChanges.change(target, () => ok({ kind: 'delete' } as const))
    expect(await read(one.id)).toEqual([])
  })

  describe('groups', () => {
    test('GR-1: a name is one group’s or one person’s, without case', async () => {
      for (const name of [teamName.toUpperCase(), adaName.toUpperCase()]) {
        expect(await stores().groups.create(group(name), BOUNDS)).toEqual({ ok: false, error: 'name_taken' })
      }
      const other = group(`other-${suffix}`)
      expect(await stores().groups.create(other, BOUNDS)).toEqual(ok())
      const rename = (name: string) => stores().groups.update(other.id, { name, description: undefined })
      expect(await rename(teamName)).toEqual({ ok: false, error: 'name_taken' })
      expect(await rename(`OTHER-${suffix}`)).toEqual(ok())
      expect((await stores().groups.find(other.id))?.group.name).toBe(`OTHER-${suffix}`)
      expect(await stores().groups.remove(other.id)).toBe(true)
      expect(await stores().groups.remove(other.id)).toBe(false)
      expect(await rename('gone')).toEqual({ ok: false, error: 'not_found' })
    })

    test('GR-2: members come and go, each once, within the bound', async () => {
      const { groups } = stores()
      const [ben, cem] = [newId<UserId>(), newId<UserId>()]
      const bound = { membersMax: 2 }
      expect(await groups.addMember(teamId, ben, bound)).toEqual(ok())
      expect(await groups.addMember(teamId, ben, bound)).toEqual(ok())
      expect(await groups.addMember(teamId, cem, bound)).toEqual({ ok: false, error: 'too_many_members' })
      expect(await groups.find(teamId)).toMatchObject({ group: { memberCount: 2 }, memberIds: [ada, ben] })
      expect(await groups.removeMember(teamId, ben)).toEqual(ok())
      expect(await groups.removeMember(teamId, ben)).toEqual(ok())
      expect((await groups.list()).find(({ id }) => id === teamId)).toMatchObject({ name: teamName, memberCount: 1 })
      for (const verb of [groups.addMember(newId<GroupId>(), ben, bound), groups.removeMember(newId<GroupId>(), ben)]) {
        expect(await verb).toEqual({ ok: false, error: 'not_found' })
      }
    })

    test('GR-3: there are at most so many, also when many are made at once', async () => {
      const { groups } = stores()
      const groupsMax = (await groups.list()).length + 2
      const made = await Promise.all(
        [1, 2, 3, 4].map((number) => groups.create(group(`many-${number}-${suffix}`), { groupsMax })),
      )
      expect(made.filter((one) => one.ok)).toHaveLength(2)
      expect(made.find((one) => !one.ok)).toEqual({ ok: false, error: 'too_many' })
    })
  })
}
