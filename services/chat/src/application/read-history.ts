import {
  channelStream,
  failure,
  PAGE_LIMIT_DEFAULT,
  type Caller,
  type Failure,
  type MessageList,
} from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { formatHistoryCursor, parseHistoryCursor } from '../domain/history-cursor.ts'
import { requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { parseTime } from './parse-time.ts'
import type { HistoryPosition, HistoryRange } from './ports.ts'
import { toMessage, usersOf } from './wire.ts'

export interface HistoryQuery {
  /** Seqs, exclusive. */
  readonly before?: number
  readonly after?: number
  /** Times; `from` inclusive, `to` exclusive. */
  readonly from?: string
  readonly to?: string
  readonly limit?: number
  readonly cursor?: string
}

/**
 * A page of a channel's messages, newest first: by seq, or by time and then seq when a range of times is asked for (imported messages
 * keep their own times, so the two orders may differ).
 */
export async function readHistory(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  { channelId, query }: { readonly channelId: ChannelId; readonly query: HistoryQuery },
): Promise<Result<MessageList, Failure>> {
  const permitted = await requireRead(ports, caller, channelId)
  if (!permitted.ok) return permitted
  const parsed = parseQuery(query)
  if (!parsed.ok) return parsed
  const { range, position } = parsed.value
  const limit = query.limit ?? PAGE_LIMIT_DEFAULT

  const found = await ports.reader.history(channelId, { range, position, limit: limit + 1 })
  if (found === undefined) return err(failure('not_found'))
  const shown = found.messages.slice(0, limit)
  const last = shown.at(-1)
  const nameOf = await names.find(usersOf(shown))
  return ok({
    items: shown.map((message) => toMessage(message, nameOf)),
    next: found.messages.length > limit && last !== undefined ? formatHistoryCursor({ range, position: last }) : null,
    stream: channelStream(channelId),
    seq: found.head,
  })
}

interface ParsedQuery {
  readonly range: HistoryRange
  readonly position: HistoryPosition | undefined
}

function parseQuery(query: HistoryQuery): Result<ParsedQuery, Failure> {
  if (query.cursor !== undefined) {
    const cursor = parseHistoryCursor(query.cursor)
    if (cursor.ok) return cursor
    return err(failure('request.invalid', { path: 'cursor', message: 'cursor: is not one that a list answered with.' }))
  }
  const fromMs = parseTime(query.from)
  if (Number.isNaN(fromMs)) return err(notATime('from'))
  const toMs = parseTime(query.to)
  if (Number.isNaN(toMs)) return err(notATime('to'))
  return ok({ range: { beforeSeq: query.before, afterSeq: query.after, fromMs, toMs }, position: undefined })
}

export function notATime(path: string): Failure {
  return failure('request.invalid', { path, message: `${path}: must be a time like 2026-11-20T09:30:00.000Z.` })
}
