/**
 * The rows of the permission matrix for what a client sends over the socket, as routes.ts has those for REST: for each frame who gets
 * which answer, a frame that would be right from somebody who may, and by what its answer is known. A new frame without a row does not
 * compile. Who has not signed in opens a socket with `LOBBY_ACCESS=demo` only; else GET /api/events, the row at the end, is their way to
 * what is public.
 */
import type { ClientFrame, ClientFrameType } from '@glasshouse/contracts'
import type { Frame } from '../live-socket.ts'
import {
  EVERYBODY,
  OTHERS_OWN,
  READERS,
  SIGNED_IN,
  SIGNED_IN_READERS,
  WRITERS,
  WRITERS_AND_VISITORS,
  type Audience,
  type ByPlace,
} from './audiences.ts'
import type { Trial } from './scene.ts'

export interface FrameRow {
  readonly asks?: string
  readonly may: Audience | ByPlace
  readonly frame: (at: Trial) => ClientFrame
  /** Whether this is what comes of it for somebody who may. */
  readonly isAnswer: (frame: Frame, at: Trial) => boolean
  /** It is not answered: another member, who watches, hears it. */
  readonly heardBy?: 'another'
  readonly reads?: true
}

type FrameRows = { readonly [Type in ClientFrameType]: FrameRow | readonly FrameRow[] }

const isOf = (type: string, field: string, value: (at: Trial) => unknown) => (frame: Frame, at: Trial) =>
  frame.type === type && frame[field] === value(at)
const stream = (at: Trial): string => `channel:${at.channel}`

const FRAME_ROWS: FrameRows = {
  subscribe: [
    {
      asks: 'a channel',
      may: READERS,
      frame: (at) => ({ type: 'subscribe', channel_id: at.channel }),
      isAnswer: isOf('subscribed', 'stream', stream),
      reads: true,
    },
    {
      asks: 'who types in a channel',
      may: SIGNED_IN_READERS,
      frame: (at) => ({ type: 'subscribe', stream: `typing:${at.channel}` }),
      isAnswer: isOf('subscribed', 'stream', (at) => `typing:${at.channel}`),
      reads: true,
    },
    {
      asks: 'what is their own',
      may: SIGNED_IN,
      frame: () => ({ type: 'subscribe', stream: 'me' }),
      isAnswer: isOf('subscribed', 'stream', (at) => `user:${at.person?.id}`),
      reads: true,
    },
    {
      asks: "what is somebody else's own",
      may: OTHERS_OWN,
      frame: (at) => ({ type: 'subscribe', stream: `user:${at.bystander.id}` }),
      isAnswer: isOf('subscribed', 'stream', (at) => `user:${at.bystander.id}`),
      reads: true,
    },
  ],
  resume: {
    may: READERS,
    frame: (at) => ({ type: 'resume', streams: { [stream(at)]: 0 } }),
    isAnswer: isOf('replay', 'stream', stream),
    reads: true,
  },
  unsubscribe: {
    asks: 'whatever it names',
    may: SIGNED_IN,
    frame: () => ({ type: 'unsubscribe', stream: 'me' }),
    isAnswer: isOf('unsubscribed', 'stream', (at) => `user:${at.person?.id}`),
    reads: true,
  },
  send_message: {
    may: WRITERS_AND_VISITORS,
    frame: (at) => ({ type: 'send_message', channel_id: at.channel, content: 'hello' }),
    isAnswer: (frame) => frame.type === 'ack',
  },
  typing: {
    may: WRITERS,
    frame: (at) => ({ type: 'typing', channel_id: at.channel }),
    isAnswer: isOf('typing', 'user_id', (at) => at.person?.id),
    heardBy: 'another',
  },
  presence: {
    asks: "one's own",
    may: SIGNED_IN,
    frame: () => ({ type: 'presence', state: 'active' }),
    isAnswer: (frame) => frame.type === 'pong',
    reads: true,
  },
  watch_presence: {
    may: SIGNED_IN,
    frame: (at) => ({ type: 'watch_presence', user_ids: [at.bystander.id] }),
    isAnswer: isOf('presence', 'user_id', (at) => at.bystander.id),
    reads: true,
  },
  authenticate: {
    asks: 'with a token of their own',
    may: SIGNED_IN,
    frame: (at) => ({ type: 'authenticate', token: at.person?.token ?? 'none' }),
    isAnswer: (frame) => frame.type === 'authenticated',
    reads: true,
  },
  ping: {
    may: EVERYBODY,
    frame: () => ({ type: 'ping' }),
    isAnswer: (frame) => frame.type === 'pong',
    reads: true,
  },
}

/** GET /api/events: what it may be asked for. Who types is for sockets alone: there it is nobody's, whatever the channel. */
export const EVENT_ROWS = [
  { asks: 'a channel', may: READERS, streams: stream },
  { asks: 'what is their own', may: SIGNED_IN, streams: () => 'me' },
  { asks: "what is somebody else's own", may: OTHERS_OWN, streams: (at: Trial) => `user:${at.bystander.id}` },
] as const satisfies readonly { asks: string; may: Audience | ByPlace; streams: (at: Trial) => string }[]

export function frameRowsOf(type: ClientFrameType): readonly FrameRow[] {
  const rows = FRAME_ROWS[type]
  return 'may' in rows ? [rows] : rows
}
