/** P8 and P9 in a house that has been lived in: what a person waits for among a million messages. */
import { newPerson, rest, type Person } from '@glasshouse/e2e/rest'
import { startServer, type Settings } from '@glasshouse/e2e/start-server'
import { databaseOf } from '../database.ts'
import { benchHistory, type HistoryResult } from '../history.ts'
import { benchImport, type ImportResult } from '../import.ts'
import { percentile } from '../statistics.ts'
import { browse, type BrowseResult } from './browse.ts'
import { growTo, type GrownChannel } from './grow.ts'

export interface FilledOptions {
  readonly messages: number
  /** Folders of exports, with their names. */
  readonly exports: readonly string[]
  readonly settings: Settings
}

export interface FilledResult {
  readonly messages: number
  readonly channels: number
  readonly imports: readonly ImportResult[]
  readonly histories: readonly HistoryResult[]
  /** `GET /unread` of a member of all of `channels`, with everything unread and with nothing. */
  readonly unread: { readonly channels: number; readonly allP95Ms: number; readonly noneP95Ms: number }
  readonly browsed: BrowseResult & { readonly channelHeads: readonly number[] }
}

const UNREAD_CHANNELS_MAX = 20
const UNREAD_SAMPLES = 100
/** The channel that is scrolled has at least so many. */
const SCROLLED_MESSAGES_MIN = 100_000

export async function benchFilled(
  { messages, exports, settings }: FilledOptions,
  log: (line: string) => void,
): Promise<FilledResult> {
  await using server = await startServer({ settings })
  const person = await newPerson(server.url, 'reader')
  const imports: ImportResult[] = []
  for (const file of exports) {
    imports.push(await benchImport(server, file))
    log(`import: ${Math.round(imports.at(-1)?.perS ?? 0)} messages/s`)
  }
  const channels = await growTo(await databaseOf(server.data), messages, log)
  const large = channels.filter(({ head }) => head >= Math.min(SCROLLED_MESSAGES_MIN, messages / 10)).slice(0, 2)
  const histories: HistoryResult[] = []
  for (const { channelId } of large) histories.push(await benchHistory(server.url, person.token, channelId))
  log(`history: p95 ${histories.map(({ p95Ms }) => p95Ms.toFixed(1)).join(', ')} ms`)
  for (const { channelId } of channels.slice(0, UNREAD_CHANNELS_MAX))
    await ask(server.url, person, 'PUT', `/api/channels/${channelId}/members/${person.id}`, {})
  const unread = await timeUnread(server.url, person, channels.slice(0, UNREAD_CHANNELS_MAX))
  log(`unread: p95 ${unread.allP95Ms.toFixed(1)} ms, with nothing ${unread.noneP95Ms.toFixed(1)} ms`)
  const browsed = await browse({ url: server.url, ...person, channels: channels.slice(0, 2) })
  log(
    `channel opened: p50 ${browsed.openedP50Ms.toFixed(0)} p95 ${browsed.openedP95Ms.toFixed(0)} ms; ` +
      `scrolled: ${browsed.scrolled.framesPerS.toFixed(0)} frames/s, ${browsed.scrolled.rowsMax} rows`,
  )
  const channelHeads = channels.slice(0, 2).map(({ head }) => head)
  return { messages, channels: channels.length, imports, histories, unread, browsed: { ...browsed, channelHeads } }
}

async function timeUnread(
  url: string,
  person: Person,
  channels: readonly GrownChannel[],
): Promise<FilledResult['unread']> {
  const time = async (): Promise<number> => {
    const times: number[] = []
    for (let sample = 0; sample < UNREAD_SAMPLES; sample++) {
      const started = performance.now()
      await ask(url, person, 'GET', '/api/unread')
      times.push(performance.now() - started)
    }
    return percentile(times, 95)
  }
  for (const { channelId } of channels) {
    const oldest = await ask(url, person, 'GET', `/api/channels/${channelId}/messages?after=0&limit=1`)
    const [first] = oldest.items
    if (first !== undefined) await ask(url, person, 'PUT', `/api/channels/${channelId}/unread`, { seq: first.seq })
  }
  const allP95Ms = await time()
  await ask(url, person, 'PUT', '/api/unread/read')
  return { channels: channels.length, allP95Ms, noneP95Ms: await time() }
}

async function ask(url: string, { token }: Person, method: string, path: string, body?: unknown): Promise<any> {
  const answer = await rest(url, method, path, { token, ...(body === undefined ? {} : { body }) })
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
