import type { ChannelId, UserId } from '@glasshouse/kernel'

/** Messages in one call of `importMessages`, at most. */
export const MESSAGES_PER_BATCH_MAX = 1000
/** People in one call of `importUsers`, and of `importMembers`, at most. */
export const PEOPLE_PER_BATCH_MAX = 500

export interface ImportedPerson {
  /** The id of the person or the bot where they come from. */
  readonly externalId: string
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly bot: boolean
  readonly disabled: boolean
}

export interface ImportedChannel {
  readonly source: string
  readonly externalId: string
  readonly name: string
  readonly description: string
  readonly createdAt: Date
  readonly archived: boolean
}

export interface ImportedReaction {
  readonly emoji: string
  readonly userIds: readonly UserId[]
}

export interface ImportedMessage {
  /** Unique within its channel, and the same each time the same export is read. */
  readonly externalId: string
  readonly userId: UserId
  /** Markdown; may be empty. */
  readonly content: string
  readonly createdAt: Date
  readonly editedAt?: Date
  /** The `externalId` of the message to which this one replies; that one has come earlier. */
  readonly threadExternalId?: string
  readonly reactions: readonly ImportedReaction[]
}

export interface KnownPerson {
  readonly userId: UserId
  /** Their name here, which differs from the one asked for when that was taken. */
  readonly username: string
}

/**
 * Where an import goes. Each call may be repeated with the same arguments, also by another process after this one was killed,
 * and then changes nothing: that is what makes an import resumable.
 */
export interface ImportTarget {
  /** The people by `externalId`: each one that was asked for. */
  importUsers(source: string, people: readonly ImportedPerson[]): Promise<ReadonlyMap<string, KnownPerson>>
  importChannel(channel: ImportedChannel): Promise<{ readonly channelId: ChannelId; readonly name: string }>
  importMembers(channelId: ChannelId, userIds: readonly UserId[]): Promise<void>
  importMessages(
    channelId: ChannelId,
    origin: { readonly source: string; readonly channelExternalId: string },
    messages: readonly ImportedMessage[],
  ): Promise<{ readonly inserted: number; readonly known: number }>
}
