/** Moderated channels and their people, for tests. */
import { userStream, type Caller, type ChangeFrame, type Failure } from '@glasshouse/contracts'
import type { ChannelId, Result } from '@glasshouse/kernel'
import { expect } from 'vitest'
import { call, chat, create, person, register, type Answer } from './chat-caller.contract.ts'

export const LINK = 'see https://example.test/offer'

/** What the answers have that are looked into here. */
interface Read {
  readonly id: ChannelId
  readonly seq: number
  readonly moderation: string
  readonly content: string
  readonly next: string | null
  readonly items: readonly Read[]
}

export async function read(answer: Promise<Answer>): Promise<Read> {
  const result = await answer
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`)
  return result.value.body as Read
}

export async function refusal(answer: Promise<Result<unknown, Failure>>): Promise<Failure> {
  const result = await answer
  if (result.ok) throw new Error('it was not refused')
  return result.error
}

export const send = (caller: Caller, channelId: ChannelId, content: string, more: object = {}) =>
  call(caller, 'POST', `/channels/${channelId}/messages`, { content, ...more })
export const held = async (caller: Caller, channelId: ChannelId, content = LINK, more: object = {}): Promise<Read> =>
  read(send(caller, channelId, content, more))
export const decide = (caller: Caller, id: string, decision: 'approve' | 'remove', reason?: string) =>
  call(caller, 'POST', `/moderation/${id}`, { decision, ...(reason === undefined ? {} : { reason }) })
export const queueOf = async (caller: Caller, query = ''): Promise<readonly Read[]> =>
  (await read(call(caller, 'GET', `/moderation/queue${query}`))).items
export const historyOf = async (caller: Caller, channelId: ChannelId): Promise<readonly Read[]> =>
  (await read(call(caller, 'GET', `/channels/${channelId}/messages`))).items

async function ownChanges(caller: Caller): Promise<readonly ChangeFrame[]> {
  return (await chat.streams.changes(userStream(caller.userId), 0, 500)).changes
}
export const moderationOf = async (caller: Caller) =>
  (await ownChanges(caller)).filter((change) => change.type === 'message_held' || change.type === 'message_decided')

/** A channel with moderation, its owner and moderator, an author, and somebody who only reads. */
export async function moderated(type: 'public' | 'private' = 'public') {
  const [owner, moderator, author, stranger] = ['olga', 'mia', 'ann', 'stan'].map((name) => person(name)) as [
    Caller,
    Caller,
    Caller,
    Caller,
  ]
  await register(owner, moderator, author, stranger)
  const channelId = await create(owner, type, [moderator, author])
  await read(call(owner, 'PATCH', `/channels/${channelId}/members/${moderator.userId}`, { role: 'moderator' }))
  expect((await read(call(owner, 'PATCH', `/channels/${channelId}`, { moderation: 'on' }))).moderation).toBe('on')
  return { owner, moderator, author, stranger, channelId }
}
