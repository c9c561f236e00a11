/** What one has written and not sent: one's own alone, the same on every device. */
import Type, { type Static } from 'typebox'
import { CLOSED, Id, Seq, StreamName, Timestamp } from './fields.ts'
import { MESSAGE_LENGTH_MAX } from './limits.ts'

/** The one draft of a channel or a thread. */
export const Draft = Type.Object({
  channel_id: Id,
  /** The root of the thread; absent for the channel itself. */
  thread_id: Type.Optional(Id),
  /** Empty when there is none any more. */
  content: Type.String(),
  /** Its place in one's own stream: who writes it again says which version they knew. */
  version: Seq,
  updated_at: Timestamp,
})
export type Draft = Static<typeof Draft>

/** All that there are, the newest first, of one moment: `{stream, seq}` is the place of one's own stream then. */
export const DraftList = Type.Object({ items: Type.Array(Draft), stream: StreamName, seq: Seq })
export type DraftList = Static<typeof DraftList>

export const PutDraftRequest = Type.Object(
  {
    content: Type.String({ maxLength: MESSAGE_LENGTH_MAX, description: 'Markdown; blank: there is none any more' }),
    thread_id: Type.Optional(Id),
    version: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description:
          'the version that this one follows, 0 for none: a newer text is not replaced, but refused with 409',
      }),
    ),
  },
  CLOSED,
)
export type PutDraftRequest = Static<typeof PutDraftRequest>
