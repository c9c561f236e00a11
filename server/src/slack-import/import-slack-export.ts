/**
 * A team's history out of the zip that Slack exports.
 *
 * First everything is looked at and nothing written: the archive (zip-archive.ts), the lists of people and channels, and each file
 * that will be read is unpacked once, so that a bomb is met now and not half way. Then people, channels and their members come in,
 * and then channel by channel the messages. Whatever is written is known by the team's id and Slack's own ids, so the same export,
 * or a later one of the same team, may be imported again: what is there is recognised and only what is missing comes in. Therefore
 * there is no record of progress to keep: an import that was stopped, or killed, is simply run again.
 */
import { createHash } from 'node:crypto'
import { err, ok, systemClock, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { ExportLayout } from './export-layout.ts'
import { importHistory, type ChannelHistory, type ImportCounts, type ImportRun } from './import-history.ts'
import { ProgressMeter, type ImportProgress } from './import-progress.ts'
import { printable, type ImportRefusal } from './import-refusal.ts'
import {
  KindCounter,
  ProblemList,
  type ConversationKind,
  type ImportedChannelReport,
  type ImportReport,
} from './import-report.ts'
import { isRecord, textOf } from './json-value.ts'
import { parseJsonArray, type JsonArray } from './json-array.ts'
import { PEOPLE_PER_BATCH_MAX, type ImportTarget } from './ports.ts'
import { SlackPeople } from './slack-people.ts'
import { looksNamed, parseChannel, parseUser, type SlackChannel, type SlackUser } from './slack-records.ts'
import { ZipArchive, type ZipEntry, type ZipLimits } from './zip-archive.ts'

export interface SlackImport {
  readonly file: string
  readonly target: ImportTarget
  /** At most four times a second, and at the start and the end of each phase. */
  readonly onProgress?: (progress: ImportProgress) => void
  /** When it aborts, the import stops after the batch that is being stored. */
  readonly signal?: AbortSignal
  readonly log?: (line: string) => void
  /** Smaller in tests only. */
  readonly limits?: ZipLimits
}

/**
 * Imports the export, or says in one line why nothing of it was. What is broken within it is in the report. A failure of the target
 * (a database that went away) is thrown; what was stored until then stays, and a second run goes on from there.
 */
export async function importSlackExport(options: SlackImport): Promise<Result<ImportReport, ImportRefusal>> {
  const opened = await ZipArchive.open(options.file, options.limits)
  if (!opened.ok) return opened
  await using archive = opened.value
  const startedMs = systemClock.monotonicMs()
  const problems = new ProblemList()
  const contents = await readContents({ archive, file: options.file, problems })
  if (!contents.ok) return contents
  const meter = new ProgressMeter(options.onProgress ?? (() => undefined), systemClock)
  const signal = options.signal ?? new AbortController().signal
  const bomb = await findBomb({ archive, file: options.file, meter, signal }, contents.value)
  if (bomb !== undefined) return err(bomb)

  const { users, channels, source } = contents.value
  options.log?.(`importing ${users.length} people and ${channels.length} channels as ${source}`)
  const people = new SlackPeople(options.target, source)
  const leftOut = new KindCounter()
  const counts: ImportCounts = {
    files: 0,
    repliesWithoutRoot: 0,
    cutMessages: 0,
    messagesOfOneTime: 0,
    unknownMembers: 0,
  }
  const channelNames = new Map<string, string>()
  const names = {
    user: (id: string) => people.person(id)?.username,
    channel: (id: string) => channelNames.get(id),
  }
  const run = { archive, target: options.target, source, people, names, meter, signal, problems, leftOut, counts }
  await importPeople(run, users)
  const histories = await importChannels(run, contents.value, channelNames)
  const reports = await importMessages(run, { histories, channelNames, log: options.log })
  const { files, ...changed } = counts
  return ok({
    source,
    stopped: signal.aborted,
    people: { inExport: users.length, fromMessages: people.fromMessages, bots: people.bots },
    channels: reports,
    messages: {
      inserted: reports.reduce((sum, report) => sum + report.inserted, 0),
      known: reports.reduce((sum, report) => sum + report.known, 0),
    },
    leftOut: { messages: leftOut.result(), conversations: contents.value.conversations, files },
    changed,
    problems: problems.result(),
    durationMs: systemClock.monotonicMs() - startedMs,
  })
}

interface OpenedExport {
  readonly archive: ZipArchive
  readonly file: string
  readonly problems: ProblemList
}

interface ExportContents {
  readonly source: string
  readonly users: readonly SlackUser[]
  readonly channels: readonly SlackChannel[]
  readonly daysOf: (channel: SlackChannel) => readonly ZipEntry[]
  readonly conversations: ImportReport['leftOut']['conversations']
}

const LEFT_OUT_LISTS: readonly { list: string; kind: ConversationKind }[] = [
  { list: 'groups.json', kind: 'private channel' },
  { list: 'mpims.json', kind: 'group conversation' },
  { list: 'dms.json', kind: 'direct conversation' },
]

/** Reads the lists at the top of the export. */
async function readContents(opened: OpenedExport): Promise<Result<ExportContents, ImportRefusal>> {
  const layout = ExportLayout.of(opened.archive.entries)
  if (layout === undefined) {
    const why = `${printable(opened.file)} is not a Slack export: it has no channels.json`
    return err({ kind: 'not_an_export', message: why })
  }
  const channelList = await readList(opened, layout.topFile('channels.json'))
  if (!channelList.ok) return channelList
  if (channelList.value.array.elements.length === 0 && channelList.value.array.problems.length > 0) {
    const why = channelList.value.array.problems[0]?.what ?? ''
    return err({
      kind: 'not_an_export',
      message: `${printable(opened.file)} is not a Slack export: channels.json ${why}`,
    })
  }
  const userList = await readList(opened, layout.topFile('users.json'))
  if (!userList.ok) return userList
  const channels = parseList(opened, channelList.value, parseChannel)
  const users = parseList(opened, userList.value, parseUser)
  const claimed = new Set(channels.map((channel) => channel.name))
  const conversations: { kind: ConversationKind; count: number; dayFiles: number }[] = []
  for (const { list, kind } of LEFT_OUT_LISTS) {
    const read = await readList(opened, layout.topFile(list))
    if (!read.ok) return read
    let dayFiles = 0
    for (const element of read.value.array.elements.filter(isRecord)) {
      // Direct conversations have no name: their folder is called by their id.
      const folder = textOf(element, 'name') ?? textOf(element, 'id') ?? ''
      if (claimed.has(folder)) continue
      claimed.add(folder)
      dayFiles += layout.daysOf(folder).length
    }
    const count = read.value.array.elements.length
    if (count > 0) conversations.push({ kind, count, dayFiles })
  }
  for (const folder of layout.folders()) {
    if (claimed.has(folder)) continue
    const days = layout.daysOf(folder).length
    const period = days === 1 ? '1 day' : `${days} days`
    opened.problems.add(`${folder}/`, `is in none of the lists of channels: its messages (${period}) are left out`)
  }
  const daysOf = (channel: SlackChannel): readonly ZipEntry[] => layout.daysOf(channel.name)
  return ok({ source: sourceOf(users, channels), users, channels, daysOf, conversations })
}

interface NamedList {
  readonly name: string
  readonly array: JsonArray
}

/** A list that is not there is empty. One that cannot be unpacked refuses the whole: too much depends on it. */
async function readList(opened: OpenedExport, name: string | undefined): Promise<Result<NamedList, ImportRefusal>> {
  if (name === undefined) return ok({ name: '', array: parseJsonArray('[]', looksNamed) })
  const content = await opened.archive.read(name)
  if (!content.ok) {
    const kind = content.error.kind === 'bomb' ? 'too_large' : 'damaged_zip'
    return err({ kind, message: `${printable(opened.file)}: ${printable(name)} ${content.error.message}` })
  }
  const array = parseJsonArray(new TextDecoder().decode(content.value), looksNamed)
  for (const problem of array.problems) opened.problems.add(name, problem.what, () => problem.line)
  return ok({ name, array })
}

/** The elements that are what they should be, each id once. */
function parseList<Item extends { readonly id: string }>(
  opened: OpenedExport,
  { name, array }: NamedList,
  parse: (value: unknown) => Result<Item, string>,
): Item[] {
  const items = new Map<string, Item>()
  for (const [index, element] of array.elements.entries()) {
    const item = parse(element)
    if (!item.ok) opened.problems.add(name, item.error, () => array.lineOf(index))
    else if (items.has(item.value.id)) {
      opened.problems.add(name, `${printable(item.value.id)} is there twice`, () => array.lineOf(index))
    } else items.set(item.value.id, item.value)
  }
  return [...items.values()]
}

/**
 * The team's id, as most people of the export have it (guests of shared channels have their own teams'). An export without any gets a
 * name out of its own ids: importing the same file again finds what is there, but a later export of that team is another source.
 */
function sourceOf(users: readonly SlackUser[], channels: readonly SlackChannel[]): string {
  const teams = new Map<string, number>()
  for (const { teamId } of users) if (teamId !== undefined) teams.set(teamId, (teams.get(teamId) ?? 0) + 1)
  const [most] = [...teams].sort(([idA, countA], [idB, countB]) => countB - countA || (idA < idB ? -1 : 1))
  if (most !== undefined) return `slack:${most[0]}`
  const ids = [...users, ...channels].map((item) => item.id).sort()
  return `slack:export-${createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 16)}`
}

/** Unpacks every file that will be read, once. Damage is left for the report; only what must not be touched at all ends here. */
async function findBomb(
  check: { archive: ZipArchive; file: string; meter: ProgressMeter; signal: AbortSignal },
  contents: ExportContents,
): Promise<ImportRefusal | undefined> {
  const days = contents.channels.flatMap((channel) => contents.daysOf(channel))
  check.meter.begin('check', sumOfBytes(days))
  for (const day of days) {
    if (check.signal.aborted) return undefined
    const content = await check.archive.read(day.name)
    if (!content.ok && content.error.kind === 'bomb') {
      const message = `${printable(check.file)}: its entry ${printable(day.name)} ${content.error.message}: a zip bomb`
      return { kind: 'too_large', message }
    }
    check.meter.advance(day.bytes)
  }
  check.meter.end()
  return undefined
}

const sumOfBytes = (entries: readonly ZipEntry[]): number => entries.reduce((sum, entry) => sum + entry.bytes, 0)

async function importPeople(run: ImportRun, users: readonly SlackUser[]): Promise<void> {
  if (run.signal.aborted) return
  run.meter.begin('people', users.length)
  await run.people.addUsers(users, (count) => {
    run.meter.advance(count)
    return !run.signal.aborted
  })
  run.meter.end()
}

/** All channels come before the first message, which may name any of them. */
async function importChannels(
  run: ImportRun,
  { channels, daysOf }: ExportContents,
  channelNames: Map<string, string>,
): Promise<ChannelHistory[]> {
  const histories: ChannelHistory[] = []
  if (run.signal.aborted) return histories
  run.meter.begin('channels', channels.length)
  for (const channel of channels) {
    const { channelId, name } = await run.target.importChannel({
      source: run.source,
      externalId: channel.id,
      name: channel.name,
      description: channel.description,
      createdAt: channel.createdAt,
      archived: channel.archived,
    })
    channelNames.set(channel.id, name)
    await importMembers(run, channel, channelId)
    histories.push({ channel, channelId, days: daysOf(channel) })
    run.meter.advance(1)
    if (run.signal.aborted) break
  }
  run.meter.end()
  return histories
}

async function importMembers(run: ImportRun, channel: SlackChannel, channelId: ChannelId): Promise<void> {
  const userIds = new Set<UserId>()
  for (const member of channel.members) {
    const person = run.people.person(member)
    if (person === undefined) run.counts.unknownMembers++
    else userIds.add(person.userId)
  }
  const all = [...userIds]
  for (let start = 0; start < all.length; start += PEOPLE_PER_BATCH_MAX) {
    await run.target.importMembers(channelId, all.slice(start, start + PEOPLE_PER_BATCH_MAX))
  }
}

async function importMessages(
  run: ImportRun,
  work: { histories: readonly ChannelHistory[]; channelNames: ReadonlyMap<string, string>; log: SlackImport['log'] },
): Promise<ImportedChannelReport[]> {
  const reports: ImportedChannelReport[] = []
  if (run.signal.aborted) return reports
  run.meter.begin('messages', sumOfBytes(work.histories.flatMap((history) => history.days)))
  for (const history of work.histories) {
    if (run.signal.aborted) break
    const { inserted, known } = await importHistory(run, history)
    const { id, name: slackName } = history.channel
    const name = work.channelNames.get(id) ?? slackName
    reports.push({ slackName, name, inserted, known })
    work.log?.(`#${printable(name).slice(1, -1)}: ${inserted} messages imported, ${known} known`)
  }
  run.meter.end()
  return reports
}
