import {
  EVENT_STREAM_ROUTE,
  EVENT_STREAMS_MAX,
  failure,
  LastEventId,
  OWN_STREAMS,
  ownStreams,
  parseStreamName,
  parser,
  type Failure,
  type StreamName,
} from '@glasshouse/contracts'
import { err, ok, parseId, type LiveSessionId, type Result, type UserId } from '@glasshouse/kernel'
import { parseEventCursor, type EventPlaces } from '../domain/event-cursor.ts'

/** What an event stream is asked for. */
export interface EventQuery {
  /** Each with the place from which its changes are wanted; undefined: from now on. Without any: those of the session. */
  readonly streams: ReadonlyMap<StreamName, number | undefined> | undefined
  /** What the client says of its places, in whatever streams. */
  readonly places: EventPlaces
  readonly sessionId: LiveSessionId | undefined
  /** Canonical. */
  readonly tabId: string | undefined
}

const parseQuery = parser(EVENT_STREAM_ROUTE.query)
const parseLastEventId = parser(LastEventId)

/** `lastEventId`: the header; `userId`: who asks, unless a visitor. Faults are `request.invalid` with the path. */
export function parseEventQuery(
  query: unknown,
  lastEventId: string | undefined,
  userId: UserId | undefined,
): Result<EventQuery, Failure> {
  const parsed = parseQuery(query)
  if (!parsed.ok) return parsed
  const { streams: list, session_id: session, tab_id: tab, last_event_id: inQuery } = parsed.value
  if (list === undefined && session === undefined) {
    return invalid('streams', 'is missing: name the streams, or the session whose streams it is to be')
  }
  const given = lastEventId === undefined || lastEventId === '' ? inQuery : lastEventId
  const places = parsePlaces(given, given === inQuery ? 'last_event_id' : 'Last-Event-ID')
  if (!places.ok) return places
  const streams = list === undefined ? ok(undefined) : parseStreams(list, places.value, userId)
  if (!streams.ok) return streams
  return ok({
    streams: streams.value,
    places: places.value,
    sessionId: session === undefined ? undefined : parseId<LiveSessionId>(session),
    tabId: tab?.toLowerCase(),
  })
}

function parsePlaces(given: string | undefined, path: string): Result<EventPlaces, Failure> {
  if (given === undefined) return ok(new Map())
  const cursor = parseLastEventId(given).ok ? parseEventCursor(given, EVENT_STREAMS_MAX) : err('malformed')
  if (cursor.ok) return cursor
  return invalid(path, 'is no id of this stream. Leave it out, and load what you show anew')
}

function parseStreams(
  list: string,
  places: EventPlaces,
  userId: UserId | undefined,
): Result<EventQuery['streams'], Failure> {
  const streams = new Map<StreamName, number | undefined>()
  const items = list === '' ? [] : list.split(',')
  if (items.length > EVENT_STREAMS_MAX) {
    return invalid('streams', `names ${items.length} streams; ${EVENT_STREAMS_MAX} at most go over one connection`)
  }
  for (const [index, item] of items.entries()) {
    const [name = '', digits, ...rest] = item.trim().split('@')
    if (name === OWN_STREAMS && userId === undefined) return err(failure('auth.required'))
    const stream = parseStreamName(name === OWN_STREAMS && userId !== undefined ? ownStreams(userId)[0] : name)
    if (stream === undefined) return invalid(`streams.${index}`, 'is the name of no stream, such as channel:<id>')
    const asked = digits === undefined ? undefined : /^\d{1,16}$/.test(digits) ? Number(digits) : NaN
    if (rest.length > 0 || (asked !== undefined && !Number.isSafeInteger(asked))) {
      return invalid(`streams.${index}`, 'must have a whole number after the @')
    }
    if (streams.has(stream)) return invalid(`streams.${index}`, 'is named twice')
    const told = places.get(stream)
    streams.set(stream, told === undefined ? asked : Math.max(told, asked ?? 0))
  }
  return ok(streams)
}

function invalid(path: string, what: string): Result<never, Failure> {
  return err(failure('request.invalid', { path, message: `${path}: ${what}.` }))
}
