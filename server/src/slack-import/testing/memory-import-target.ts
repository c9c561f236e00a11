import { createHash } from 'node:crypto'
import type { ChannelId, UserId } from '@glasshouse/kernel'
import {
  MESSAGES_PER_BATCH_MAX,
  PEOPLE_PER_BATCH_MAX,
  type ImportedChannel,
  type ImportedMessage,
  type ImportedPerson,
  type ImportTarget,
  type KnownPerson,
} from '../ports.ts'

export interface StoredChannel extends ImportedChannel {
  readonly channelId: ChannelId
  readonly members: Set<UserId>
  /** By external id, in the order in which they came. */
  readonly messages: Map<string, ImportedMessage>
}

/** An import target in memory: what is known stays as it is, taken names get a number, bounds and references are checked. */
export class MemoryImportTarget implements ImportTarget {
  readonly people = new Map<string, ImportedPerson & KnownPerson>()
  readonly channels = new Map<string, StoredChannel>()
  /** Called before each batch of messages is stored; a test throws from it or aborts in it. */
  beforeMessages: (messages: readonly ImportedMessage[]) => void = () => undefined

  async importUsers(source: string, people: readonly ImportedPerson[]): Promise<Map<string, KnownPerson>> {
    if (people.length > PEOPLE_PER_BATCH_MAX) throw new Error(`${people.length} people in one call`)
    for (const person of people) {
      const key = `${source} ${person.externalId}`
      if (this.people.has(key)) continue
      const taken = new Set([...this.people.values()].map(({ username }) => username.toLowerCase()))
      const username = freeName(person.username, taken)
      this.people.set(key, { ...person, username, userId: idOf(`user ${key}`) as UserId })
    }
    return new Map(people.map(({ externalId }) => [externalId, required(this.people.get(`${source} ${externalId}`))]))
  }

  async importChannel(channel: ImportedChannel): Promise<{ channelId: ChannelId; name: string }> {
    const key = `${channel.source} ${channel.externalId}`
    const known = this.channels.get(key)
    if (known !== undefined) return { channelId: known.channelId, name: known.name }
    const name = freeName(channel.name, new Set([...this.channels.values()].map((other) => other.name.toLowerCase())))
    const channelId = idOf(`channel ${key}`) as ChannelId
    this.channels.set(key, { ...channel, name, channelId, members: new Set(), messages: new Map() })
    return { channelId, name }
  }

  async importMembers(channelId: ChannelId, userIds: readonly UserId[]): Promise<void> {
    if (userIds.length > PEOPLE_PER_BATCH_MAX) throw new Error(`${userIds.length} members in one call`)
    const channel = this.#channel(channelId)
    for (const userId of userIds) channel.members.add(userId)
  }

  async importMessages(
    channelId: ChannelId,
    _origin: { source: string; channelExternalId: string },
    messages: readonly ImportedMessage[],
  ): Promise<{ inserted: number; known: number }> {
    if (messages.length > MESSAGES_PER_BATCH_MAX) throw new Error(`${messages.length} messages in one call`)
    this.beforeMessages(messages)
    const channel = this.#channel(channelId)
    let inserted = 0
    for (const message of messages) {
      if (channel.messages.has(message.externalId)) continue
      const root = message.threadExternalId
      if (root !== undefined && !channel.messages.has(root)) throw new Error(`${message.externalId} replies to nothing`)
      channel.messages.set(message.externalId, message)
      inserted++
    }
    return { inserted, known: messages.length - inserted }
  }

  /** The messages of the channel that has this name here, in the order in which they came. */
  messagesOf(name: string): ImportedMessage[] {
    const channel = [...this.channels.values()].find((other) => other.name === name)
    return [...required(channel).messages.values()]
  }

  usernameOf(userId: UserId): string {
    return required([...this.people.values()].find((person) => person.userId === userId)).username
  }

  #channel(channelId: ChannelId): StoredChannel {
    return required([...this.channels.values()].find((channel) => channel.channelId === channelId))
  }
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('not imported')
  return value
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 ? name : `${name}-${attempt}`
    if (!taken.has(candidate.toLowerCase())) return candidate
  }
}

const idOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32)
