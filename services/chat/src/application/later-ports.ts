/** What chat needs of the world for what is to happen later: messages that are sent for people, and reminders. */
import type { ChannelId, ClientId, MessageId, Result, UserId } from '@glasshouse/kernel'

export interface StoredScheduled {
  /** The client_id of the message that it becomes. */
  readonly id: ClientId
  readonly channelId: ChannelId
  readonly threadId: MessageId | undefined
  /** Empty once it is sent or cancelled. */
  readonly content: string
  readonly sendAtMs: number
  readonly state: 'waiting' | 'failed' | 'sent' | 'cancelled'
  /** The error code for which it could not be sent. */
  readonly reason: string | undefined
  /** Its place in the person's own stream. */
  readonly changedSeq: number
}

/** One that is in the hand of a server. */
export interface LeasedScheduled extends StoredScheduled {
  readonly userId: UserId
  /** Tells this lease from every other one of the same message. */
  readonly leasedUntilMs: number
}

export type NewScheduled = Omit<StoredScheduled, 'state' | 'reason' | 'changedSeq'>

/** What becomes of one that waits or has failed. Whatever lets it wait takes the reason away. */
export type ScheduledChange =
  | { readonly kind: 'wait'; readonly content?: string | undefined; readonly sendAtMs?: number | undefined }
  | { readonly kind: 'now' }
  | { readonly kind: 'cancel' }

export interface ScheduledStore {
  /**
   * With an id that is known nothing is added: what waits and is the same is answered, and all else is a conflict. What is over, and more
   * than `replayedMax` places behind the head of the person's stream, is let go, some of it each time.
   */
  add(
    userId: UserId,
    scheduled: NewScheduled,
    bounds: { readonly keptMax: number; readonly replayedMax: number },
  ): Promise<Result<{ readonly scheduled: StoredScheduled; readonly isNew: boolean }, 'too_many' | 'conflict'>>
  /** Undefined for one that is not there, or is over. `sending`: some server has it in hand, or had it when it died. */
  change(userId: UserId, id: ClientId, change: ScheduledChange): Promise<Result<StoredScheduled, 'sending'> | undefined>
  /** Those that wait or have failed, the next one first, of one moment. */
  list(
    userId: UserId,
    limit: number,
  ): Promise<{ readonly userHead: number; readonly scheduled: readonly StoredScheduled[] }>
  /**
   * Takes those that are due in hand, the longest due first: no server takes them up within `leaseMs`, and they cannot be changed until
   * they are postponed or settled. What was postponed holds back what its author has planned for the same channel after it.
   */
  lease(options: { readonly limit: number; readonly leaseMs: number }): Promise<readonly LeasedScheduled[]>
  /** It is in no hand any more, and due again after that long. Nothing happens when another server has taken it up. */
  postpone(leased: LeasedScheduled, delayMs: number): Promise<void>
  /** Undefined when another server has taken it up. */
  settle(
    leased: LeasedScheduled,
    outcome: { readonly state: 'sent' } | { readonly state: 'failed'; readonly reason: string },
  ): Promise<StoredScheduled | undefined>
}

export interface StoredReminder {
  readonly messageId: MessageId
  readonly channelId: ChannelId
  readonly remindAtMs: number
  readonly state: 'waiting' | 'due' | 'done'
  readonly changedSeq: number
}

/** With messages as the store tells of them. */
export interface ReminderStore<Message> {
  /**
   * At most `openMax` of those that `list` has. What is done, and whose place is more than `replayedMax` places behind the head of the
   * person's stream, is let go, some of it each time.
   */
  set(
    userId: UserId,
    reminder: Pick<StoredReminder, 'messageId' | 'channelId' | 'remindAtMs'>,
    bounds: { readonly openMax: number; readonly open: 'all' | ChannelId; readonly replayedMax: number },
  ): Promise<Result<StoredReminder, 'too_many'>>
  /** Undefined when there is none, or it is done already. */
  finish(userId: UserId, messageId: MessageId): Promise<StoredReminder | undefined>
  /** Those that wait or are due, of messages that the person may read: the earliest first, of one moment. */
  list(
    userId: UserId,
    query: { readonly open: 'all' | ChannelId; readonly limit: number },
  ): Promise<{
    readonly userHead: number
    readonly reminders: readonly { readonly reminder: StoredReminder; readonly message: Message }[]
  }>
  /** Makes those due whose time has come, each once, of at most `usersMax` people; those of deleted messages are done with it. */
  fire(bounds: {
    readonly usersMax: number
    readonly perUserMax: number
  }): Promise<readonly { readonly userId: UserId; readonly reminder: StoredReminder }[]>
}
