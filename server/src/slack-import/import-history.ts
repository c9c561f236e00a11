/** Brings in the messages of one channel, day by day, in order of time and in batches. */
import { isDeepStrictEqual } from 'node:util'
import type { ChannelId, UserId } from '@glasshouse/kernel'
import { emojiOf } from './slack-emoji.ts'
import type { KindCounter, ProblemList } from './import-report.ts'
import type { ProgressMeter } from './import-progress.ts'
import { parseJsonArray } from './json-array.ts'
import { messageContent } from './message-content.ts'
import type { SlackNames } from './mrkdwn-to-markdown.ts'
import { MESSAGES_PER_BATCH_MAX, type ImportedMessage, type ImportedReaction, type ImportTarget } from './ports.ts'
import type { SlackPeople } from './slack-people.ts'
import { looksLikeMessage, parseMessage, type SlackChannel, type SlackMessage } from './slack-records.ts'
import type { ZipArchive, ZipEntry } from './zip-archive.ts'

/** What all channels of one import have in common. */
export interface ImportRun {
  readonly archive: ZipArchive
  readonly target: ImportTarget
  readonly source: string
  readonly people: SlackPeople
  readonly names: SlackNames
  readonly meter: ProgressMeter
  readonly signal: AbortSignal
  readonly problems: ProblemList
  readonly leftOut: KindCounter
  readonly counts: ImportCounts
}

export interface ImportCounts {
  files: number
  repliesWithoutRoot: number
  cutMessages: number
  messagesOfOneTime: number
  unknownMembers: number
}

export interface ChannelHistory {
  readonly channel: SlackChannel
  readonly channelId: ChannelId
  readonly days: readonly ZipEntry[]
}

/** A batch is sent when it has this many characters, also when it could hold more messages. */
const BATCH_CHARACTERS_MAX = 4_000_000
/** Messages with replies that are remembered in one channel; beyond it, replies to the oldest come in as ordinary messages. */
const ROOTS_MAX = 1_000_000

/** Stops early, between two batches, when the signal says so. A failure of the target is thrown. */
export async function importHistory(
  run: ImportRun,
  history: ChannelHistory,
): Promise<{ inserted: number; known: number }> {
  const batches = new BatchSender(run, history)
  const times = new ChannelTimes()
  for (const day of history.days) {
    if (run.signal.aborted) break
    const messages = await readDay(run, day)
    await run.people.addFromMessages(messages)
    times.beginDay(messages)
    for (const message of messages) {
      const imported = convertMessage(run, times, { message, file: day.name })
      if (imported !== undefined) await batches.add(imported)
      if (run.signal.aborted) break
    }
    batches.dayRead(day.bytes)
  }
  return batches.finish()
}

/** The messages of a day in order of time; what is broken or no message is reported. */
async function readDay(run: ImportRun, day: ZipEntry): Promise<SlackMessage[]> {
  const content = await run.archive.read(day.name)
  if (!content.ok) {
    run.problems.add(day.name, content.error.message)
    return []
  }
  const array = parseJsonArray(new TextDecoder().decode(content.value), looksLikeMessage)
  for (const problem of array.problems) run.problems.add(day.name, problem.what, () => problem.line)
  const messages: SlackMessage[] = []
  for (const [index, element] of array.elements.entries()) {
    const parsed = parseMessage(element)
    if (parsed.kind === 'message') messages.push(parsed.message)
    else if (parsed.kind === 'left_out') run.leftOut.add(parsed.what)
    else run.problems.add(day.name, parsed.what, () => array.lineOf(index))
  }
  // Stable: messages of one time stay in the order of the file.
  return messages.sort((a, b) => a.ts.us - b.ts.us)
}

function convertMessage(
  run: ImportRun,
  times: ChannelTimes,
  { message, file }: { message: SlackMessage; file: string },
): ImportedMessage | undefined {
  const author = run.people.author(message.author)
  if (author === undefined) {
    run.problems.add(file, `the message of ${message.ts.text} has an author too many`)
    return undefined
  }
  const place = times.place(message)
  if (place === 'repeated') {
    run.leftOut.add('repeated in the export')
    return undefined
  }
  if (place.ofOneTime) run.counts.messagesOfOneTime++
  if (place.rootMissing) run.counts.repliesWithoutRoot++
  const content = messageContent(message.record, run.names)
  run.counts.files += content.files
  if (content.cut) run.counts.cutMessages++
  return {
    externalId: place.externalId,
    userId: author.userId,
    content: content.markdown,
    createdAt: new Date(Math.floor(message.ts.us / 1000)),
    reactions: convertReactions(run, message),
    ...(message.editedAtMs === undefined ? {} : { editedAt: new Date(message.editedAtMs) }),
    ...(place.threadExternalId === undefined ? {} : { threadExternalId: place.threadExternalId }),
  }
}

/** Slack has several names for one emoji (`+1`, `thumbsup`): they are one reaction here, and a person has it once. */
function convertReactions(run: ImportRun, message: SlackMessage): ImportedReaction[] {
  if (message.reactions.length === 0) return []
  const usersByEmoji = new Map<string, Set<UserId>>()
  for (const { name, users } of message.reactions) {
    const emoji = emojiOf(name) ?? `:${name.slice(0, 100)}:`
    const userIds = usersByEmoji.get(emoji) ?? new Set<UserId>()
    for (const user of users) {
      const person = run.people.person(user)
      if (person !== undefined) userIds.add(person.userId)
    }
    if (userIds.size > 0) usersByEmoji.set(emoji, userIds)
  }
  return [...usersByEmoji].map(([emoji, userIds]) => ({ emoji, userIds: [...userIds] }))
}

interface Place {
  readonly externalId: string
  readonly threadExternalId: string | undefined
  readonly rootMissing: boolean
  /** Another message of the channel has the same time. */
  readonly ofOneTime: boolean
}

/**
 * What a channel's messages are called. Slack names a message by its time, so two of one time must be told apart: the second and
 * later ones, in the order of the export, get `#2`, `#3`. One that is in every field what an earlier one is, is that one again.
 * Times of one day and the day before are remembered: a message that appears in two files does so around midnight.
 */
class ChannelTimes {
  /** Messages that have replies, by time. */
  readonly #roots = new Map<number, string>()
  #day = new Map<number, SlackMessage[]>()
  #dayBefore = new Map<number, SlackMessage[]>()
  #rootsOfDay = new Map<number, string>()

  beginDay(messages: readonly SlackMessage[]): void {
    this.#dayBefore = this.#day
    this.#day = new Map()
    // Old exports do not mark a message that has replies; these are then of the same day, mostly.
    this.#rootsOfDay = new Map()
    for (const message of messages) {
      if (message.threadTs === undefined && !this.#rootsOfDay.has(message.ts.us)) {
        this.#rootsOfDay.set(message.ts.us, message.ts.text)
      }
    }
  }

  place(message: SlackMessage): Place | 'repeated' {
    const { us, text } = message.ts
    const before = [...(this.#dayBefore.get(us) ?? []), ...(this.#day.get(us) ?? [])]
    if (before.some((other) => isDeepStrictEqual(other.record, message.record))) return 'repeated'
    this.#day.set(us, [...(this.#day.get(us) ?? []), message])
    const externalId = before.length === 0 ? text : `${text}#${before.length + 1}`
    if (message.threadTs === undefined && message.record['thread_ts'] !== undefined) this.#remember(us, externalId)
    const threadExternalId =
      message.threadTs === undefined
        ? undefined
        : (this.#roots.get(message.threadTs.us) ?? this.#rootsOfDay.get(message.threadTs.us))
    // A root that comes after its reply could not be referred to yet.
    const usable = threadExternalId !== undefined && (message.threadTs?.us ?? 0) < us
    return {
      externalId,
      threadExternalId: usable ? threadExternalId : undefined,
      rootMissing: message.threadTs !== undefined && !usable,
      ofOneTime: before.length > 0,
    }
  }

  #remember(us: number, externalId: string): void {
    if (this.#roots.has(us)) return
    this.#roots.set(us, externalId)
    if (this.#roots.size <= ROOTS_MAX) return
    const oldest = this.#roots.keys().next()
    if (oldest.done !== true) this.#roots.delete(oldest.value)
  }
}

/** Sends batches one after another; while one is being stored, the next is made. */
class BatchSender {
  readonly #run: ImportRun
  readonly #history: ChannelHistory
  #batch: ImportedMessage[] = []
  #characters = 0
  #bytesRead = 0
  #sending: Promise<void> = Promise.resolve()
  #inserted = 0
  #known = 0

  constructor(run: ImportRun, history: ChannelHistory) {
    this.#run = run
    this.#history = history
  }

  async add(message: ImportedMessage): Promise<void> {
    this.#batch.push(message)
    this.#characters += message.content.length
    if (this.#batch.length >= MESSAGES_PER_BATCH_MAX || this.#characters >= BATCH_CHARACTERS_MAX) await this.#send()
  }

  /** Progress counts a day's bytes when the batch that ends it is stored. */
  dayRead(bytes: number): void {
    this.#bytesRead += bytes
  }

  async finish(): Promise<{ inserted: number; known: number }> {
    if (!this.#run.signal.aborted) await this.#send()
    await this.#sending
    return { inserted: this.#inserted, known: this.#known }
  }

  async #send(): Promise<void> {
    await this.#sending
    const [batch, bytes] = [this.#batch, this.#bytesRead]
    this.#batch = []
    this.#characters = 0
    this.#bytesRead = 0
    if (this.#run.signal.aborted) return
    this.#sending = this.#store(batch, bytes)
    // Awaited before the next batch; until then a failure is no unhandled rejection.
    this.#sending.catch(() => undefined)
  }

  async #store(batch: readonly ImportedMessage[], bytes: number): Promise<void> {
    if (batch.length > 0) {
      const { channel, channelId } = this.#history
      const origin = { source: this.#run.source, channelExternalId: channel.id }
      const { inserted, known } = await this.#run.target.importMessages(channelId, origin, batch)
      this.#inserted += inserted
      this.#known += known
    }
    this.#run.meter.advance(bytes, batch.length)
  }
}
