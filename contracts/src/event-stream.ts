/** The live connection as Server-Sent Events: the way in, and how what is sent is laid out. The frames are those of frames.ts. */
import Type, { type Static } from 'typebox'
import type { Route } from './endpoints.ts'
import { CLOSED, Id } from './fields.ts'
import { EVENT_STREAMS_MAX } from './limits.ts'

/** The longest name, `@` and the longest position, for as many as there may be. */
const STREAMS_LENGTH_MAX = EVENT_STREAMS_MAX * 98
/** Of as many streams as there may be, with the longest names. */
const LAST_EVENT_ID_LENGTH_MAX = 8_192

export const LastEventId = Type.String({
  minLength: 1,
  maxLength: LAST_EVENT_ID_LENGTH_MAX,
  description: 'the `id` that was received last; it has precedence where it is further',
})

export const EventStreamQuery = Type.Object(
  {
    streams: Type.Optional(
      Type.String({
        maxLength: STREAMS_LENGTH_MAX,
        description: `names of streams, separated by commas, ${EVENT_STREAMS_MAX} at most; \`name@seq\` asks for what comes after \`seq\`. Empty: none yet. Without it: those of the session`,
        examples: ['channel:0197a5c0-0000-7000-8000-000000000001@12'],
      }),
    ),
    /** A newer connection of the same tab takes the place of the one before. */
    tab_id: Type.Optional(Id),
    session_id: Type.Optional(Id),
    /** For clients that cannot set the header `Last-Event-ID`, which has precedence. */
    last_event_id: Type.Optional(LastEventId),
  },
  CLOSED,
)
export type EventStreamQuery = Static<typeof EventStreamQuery>

/** Not among ROUTES: its answer does not end, so the gateway gives it itself. */
export const EVENT_STREAM_ROUTE = {
  method: 'GET',
  path: '/events',
  summary:
    'Live frames as Server-Sent Events: `event` is the type of a frame, `data` its JSON; blocks with only `id` say how far that brought the client. Public streams are for everybody',
  permission: 'lobby.read',
  query: EventStreamQuery,
  answers: {},
} as const satisfies Route
