import { assert, newId, type ChannelId, type MessageId, type UserId } from '@glasshouse/kernel'
import { numberedChannelName, toChannelName } from '../domain/channel-name.ts'
import type { ChatContext } from './context.ts'
import type { ImportedMessageRow } from './ports.ts'

/**
 * Bringing in history from elsewhere. Every step may be done again, wholly or in part, by whoever was stopped half way: a channel is
 * found by where it came from, a message by an id that follows from where it came from.
 *
 * These are for the operator's own command, which has the database's password: there is no caller whose permission could be asked.
 */
export interface HistoryImport {
  importChannel(channel: ImportedChannel): Promise<{ readonly channelId: ChannelId; readonly name: string }>
  /** Joins those who are not members yet. */
  importMembers(channelId: ChannelId, userIds: readonly UserId[]): Promise<void>
  /** At most `importBatchMax` (1,000) messages, oldest first, all or none. */
  importMessages(
    channelId: ChannelId,
    origin: { readonly source: string; readonly channelExternalId: string },
    messages: readonly ImportedMessage[],
  ): Promise<{ readonly inserted: number; readonly known: number }>
}

export interface ImportedChannel {
  readonly source: string
  readonly externalId: string
  readonly name: string
  readonly description: string
  readonly createdAt: Date
  readonly archived: boolean
}

export interface ImportedMessage {
  readonly externalId: string
  readonly userId: UserId
  /** May be empty. */
  readonly content: string
  readonly createdAt: Date
  readonly editedAt?: Date
  /** The external id of the thread's root. */
  readonly threadExternalId?: string
  readonly reactions: readonly { readonly emoji: string; readonly userIds: readonly UserId[] }[]
}

/** Names are tried one after the other: `general`, `general-2`, ... */
const NAME_ATTEMPTS_MAX = 10_000

export function createHistoryImport({ ports, limits, pokeRelay }: ChatContext): HistoryImport {
  const { imports, channels, clock } = ports
  return {
    async importChannel({ source, externalId, name, description, createdAt, archived }) {
      const origin = { source, externalId }
      const known = await imports.findChannel(origin)
      if (known !== undefined) return known
      // An import may come before the first start: the Lobby's name is the Lobby's.
      await channels.ensureLobby(clock.nowMs())
      const wanted = toChannelName(name)
      for (let attempt = 1; attempt <= NAME_ATTEMPTS_MAX; attempt++) {
        await imports.createChannel(origin, {
          id: newId<ChannelId>(),
          name: numberedChannelName(wanted, attempt),
          description: storable(description),
          createdAtMs: createdAt.getTime(),
          archivedAtMs: archived ? clock.nowMs() : null,
        })
        const made = await imports.findChannel(origin)
        if (made !== undefined) {
          pokeRelay()
          return made
        }
      }
      throw new Error(`no name like ${wanted} is free after ${NAME_ATTEMPTS_MAX} attempts`)
    },

    async importMembers(channelId, userIds) {
      await imports.addMembers(channelId, [...new Set(userIds)])
      pokeRelay()
    },

    async importMessages(channelId, { source, channelExternalId }, messages) {
      assert(messages.length <= limits.importBatchMax, `at most ${limits.importBatchMax} messages at a time`)
      const origin = { source, externalId: channelExternalId }
      const rows = new Map<MessageId, ImportedMessageRow>()
      for (const message of messages) {
        const id = imports.messageId(origin, message.externalId)
        if (!rows.has(id))
          rows.set(
            id,
            toRow(id, message, (external) => imports.messageId(origin, external)),
          )
      }
      if (rows.size === 0) return { inserted: 0, known: 0 }
      const { inserted } = await imports.addMessages(channelId, [...rows.values()])
      if (inserted > 0) pokeRelay()
      return { inserted, known: messages.length - inserted }
    },
  }
}

function toRow(id: MessageId, message: ImportedMessage, idOf: (externalId: string) => MessageId): ImportedMessageRow {
  const threadId = message.threadExternalId === undefined ? null : idOf(message.threadExternalId)
  return {
    id,
    userId: message.userId,
    content: storable(message.content),
    createdAtMs: message.createdAt.getTime(),
    editedAtMs: message.editedAt?.getTime() ?? null,
    threadId: threadId === id ? null : threadId,
    reactions: message.reactions.map(({ emoji, userIds }) => ({ emoji: storable(emoji), userIds })),
  }
}

/** What PostgreSQL cannot keep in a text, replaced by the character that stands for it. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}
