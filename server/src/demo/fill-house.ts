import { LOBBY_ID, type ImportedMessage } from '@glasshouse/chat'
import { failureMessage } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import type { House } from '../house.ts'
import { DemoHands, type KnownPerson } from './demo-hands.ts'
import {
  DEMO_ADMIN,
  DEMO_CHANNELS,
  DEMO_LAST_CHANNEL,
  DEMO_MEMBER,
  DEMO_PEOPLE,
  DEMO_STATUSES,
  DEMO_TODAY,
  type DemoChannel,
  type DemoMessage,
} from './story.ts'

/** Whoever came from here tells that the house is a demo, also one that was left half way. */
export const DEMO_SOURCE = 'demo'
const CHANNEL_PAGES_MAX = 50
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export interface DemoHouse {
  readonly hands: DemoHands
  /** By the keys of the story. */
  readonly channels: ReadonlyMap<string, ChannelId>
}

/** Fills an empty house: people, channels, two weeks of talk, and what has happened today. */
export async function fillHouse(house: House, password: string, nowMs: number): Promise<Result<DemoHouse, string>> {
  const people = await addPeople(house, password)
  if (!people.ok) return people
  const hands = new DemoHands(house, people.value)
  const channels = new Map<string, ChannelId>()
  for (const channel of DEMO_CHANNELS) channels.set(channel.key, await addChannel(house, hands, { channel, nowMs }))
  for (const username of [DEMO_ADMIN, DEMO_MEMBER]) await hands.call(username, 'markAllRead', {})
  await addToday(hands, channels, nowMs)
  // The last one: a house that has it is whole.
  const last = await hands.call(DEMO_ADMIN, 'createChannel', { body: { type: 'public', ...DEMO_LAST_CHANNEL } })
  await hands.call(DEMO_ADMIN, 'archiveChannel', { params: { channel_id: last.id } })
  return ok({ hands, channels })
}

/** Finds its way in a house that was filled before; undefined for one that was left half way. */
export async function findDemoHouse(
  house: House,
  people: ReadonlyMap<string, KnownPerson>,
): Promise<DemoHouse | undefined> {
  if (!people.has(DEMO_ADMIN.toLowerCase())) return undefined
  const hands = new DemoHands(house, people)
  const ids = await publicChannels(hands)
  const channels = new Map<string, ChannelId>()
  for (const { key, name } of DEMO_CHANNELS) {
    const id = name === undefined ? undefined : ids.get(name)
    if (id !== undefined) channels.set(key, id)
  }
  return ids.has(DEMO_LAST_CHANNEL.name) ? { hands, channels } : undefined
}

/** By name. */
async function publicChannels(hands: DemoHands): Promise<ReadonlyMap<string, ChannelId>> {
  const ids = new Map<string, ChannelId>()
  let cursor: string | undefined
  for (let page = 0; page < CHANNEL_PAGES_MAX; page++) {
    const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) }
    const { items, next } = await hands.call(DEMO_ADMIN, 'listChannels', { query })
    for (const { id, name } of items) if (name !== undefined) ids.set(name, id as ChannelId)
    if (next === null) break
    cursor = next
  }
  return ids
}

async function addPeople(house: House, password: string): Promise<Result<ReadonlyMap<string, KnownPerson>, string>> {
  const { identity } = house
  const emailOf = (username: string): string => `${username.toLowerCase()}@tidewater.example`
  const others = DEMO_PEOPLE.filter(({ username }) => username !== DEMO_ADMIN)
  // First of all, in one transaction: from then on it is known for a demo.
  const imported = await identity.importUsers(
    DEMO_SOURCE,
    others.map(({ username, displayName, bot = false }) => {
      return { externalId: username, username, displayName, email: emailOf(username), bot, disabled: false }
    }),
  )
  const admin = await identity.createAdmin({ username: DEMO_ADMIN, email: emailOf(DEMO_ADMIN), password })
  if (!admin.ok) return err(failureMessage(admin.error))
  const set = await identity.setPassword(DEMO_MEMBER, password)
  if (!set.ok) return err(failureMessage(set.error))
  const idOf = (username: string): UserId => imported.get(username)?.userId ?? admin.value.userId
  return ok(
    new Map(
      DEMO_PEOPLE.map(({ username, displayName }) => {
        return [username.toLowerCase(), { userId: idOf(username), username, displayName }]
      }),
    ),
  )
}

async function addChannel(
  { chat }: House,
  hands: DemoHands,
  { channel, nowMs }: { readonly channel: DemoChannel; readonly nowMs: number },
): Promise<ChannelId> {
  const { key, type, name, topic, description } = channel
  const [owner = DEMO_ADMIN, ...others] = channel.members.split(' ')
  const members = others.map((username) => hands.person(username).userId)
  const named = name === undefined ? {} : { name, ...(description === undefined ? {} : { description }) }
  const made = await hands.call(owner, 'createChannel', { body: { type, members, ...named } })
  const params = { channel_id: made.id }
  if (topic !== undefined) await hands.call(owner, 'updateChannel', { params, body: { topic } })
  const channelId = made.id as ChannelId
  const rows = toImported(channel.messages, hands, nowMs)
  await chat.importMessages(channelId, { source: DEMO_SOURCE, channelExternalId: key }, rows)
  const pinned = channel.messages.filter((message) => message.pinned)
  if (pinned.length === 0) return channelId
  const { items } = await hands.call(owner, 'listMessages', { params, query: { limit: 100 } })
  for (const { text } of pinned) {
    const message = items.find(({ content }) => content === text)
    if (message === undefined) throw new Error(`the demo's ${key} lacks a message that is pinned`)
    await hands.call(owner, 'pinMessage', { params: { ...params, message_id: message.id } })
  }
  return channelId
}

/** In the order of their times, each reply with its root. */
function toImported(messages: readonly DemoMessage[], hands: DemoHands, nowMs: number): readonly ImportedMessage[] {
  const midnightMs = Math.floor(nowMs / DAY_MS) * DAY_MS
  const timeOf = ([daysAgo, time]: DemoMessage['at']): Date => {
    const [hours = 0, minutes = 0] = time.split(':').map(Number)
    return new Date(midnightMs - daysAgo * DAY_MS + hours * HOUR_MS + minutes * 60_000)
  }
  const toRow = (message: Omit<DemoMessage, 'replies'>, externalId: string): ImportedMessage => ({
    externalId,
    userId: hands.person(message.by).userId,
    content: message.text,
    createdAt: timeOf(message.at),
    reactions: Object.entries(message.reactions ?? {}).map(([emoji, names]) => {
      return { emoji, userIds: names.split(' ').map((username) => hands.person(username).userId) }
    }),
  })
  return messages
    .flatMap((message, index) => [
      toRow(message, String(index)),
      ...(message.replies ?? []).map((reply, at) => {
        return { ...toRow(reply, `${index}.${at}`), threadExternalId: String(index) }
      }),
    ])
    .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}

/** What is new when one comes: a mention, a question, and what one has put off oneself. */
async function addToday(hands: DemoHands, channels: ReadonlyMap<string, ChannelId>, nowMs: number): Promise<void> {
  const at = (key: string): { channel_id: string } => {
    const channelId = channels.get(key)
    if (channelId === undefined) throw new Error(`the demo has no channel ${key}`)
    return { channel_id: channelId }
  }
  const { mention, poll, lobby, draft, scheduled } = DEMO_TODAY
  for (const { by, text } of lobby) {
    await hands.call(by, 'sendMessage', { params: { channel_id: LOBBY_ID }, body: { content: text } })
  }
  const { text: content } = mention
  const mentioned = await hands.call(mention.by, 'sendMessage', { params: at(mention.channel), body: { content } })
  const question = { question: poll.question, options: [...poll.options] }
  const asked = await hands.call(poll.by, 'sendMessage', {
    params: at(poll.channel),
    body: { content: poll.text, poll: question },
  })
  for (const [username, option] of Object.entries(poll.votes)) {
    const params = { ...at(poll.channel), message_id: asked.id }
    await hands.call(username, 'votePoll', { params, body: { options: [option] } })
  }
  await hands.call(draft.by, 'putDraft', { params: at(draft.channel), body: { content: draft.text } })
  const sendAt = new Date(Math.floor(nowMs / DAY_MS) * DAY_MS + DAY_MS + 9 * HOUR_MS).toISOString()
  const later = { content: scheduled.text, send_at: sendAt }
  await hands.call(scheduled.by, 'scheduleMessage', { params: at(scheduled.channel), body: later })
  const reminded = { ...at(mention.channel), message_id: mentioned.id }
  const inThreeHours = new Date(nowMs + 3 * HOUR_MS).toISOString()
  await hands.call(DEMO_MEMBER, 'setReminder', { params: reminded, body: { remind_at: inThreeHours } })
  for (const [username, status] of Object.entries(DEMO_STATUSES)) {
    const body = { status, do_not_disturb_until: null, last_seen_visible_to: 'everybody' } as const
    await hands.call(username, 'setOwnStatus', { body })
  }
}
