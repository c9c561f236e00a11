/** What the bench asks of the programs that hold the crowd and the witnesses. */
export interface Member {
  readonly token: string
  readonly localAddress: string
  /** Streams of channels. */
  readonly streams: readonly string[]
}

/** How clients come back when they have lost their sockets. */
export type Return =
  /** As the SDK does: jittered tries with backoff. */
  | 'as_sdk'
  /** Nobody tries until they are told to, and then all do in the same moment. */
  | 'when_released'
  /** Again and again, without mercy: for those few that measure the others. */
  | 'at_once'

/** Times are absolute: milliseconds since 1970, with fractions. */
export interface ReturnFigures {
  readonly firstTryAtMs: number
  /** Of each client: when it was greeted, in order. */
  readonly resumedAtMs: readonly number[]
  /** Of each client: when its last stream was live again, in order. */
  readonly currentAtMs: readonly number[]
  /** Those that came back to their session; the others began anew. */
  readonly resumed: number
  /** Handshakes that the server refused, by HTTP status. */
  readonly refused: Readonly<Record<string, number>>
  /** Connections that broke before they were open: nobody listened, or no longer. */
  readonly notConnected: number
}

export interface CrowdState {
  /** Changes that clients were told twice over one connection: never right. */
  readonly repeated: number
  /** Changes that came once more over the next connection, and were dropped by their number: the overlap of a session that comes back. */
  readonly overlapped: number
  /** Live changes that were not the next one. */
  readonly outOfOrder: number
  /** Changes that clients have taken since the start, and how many there were for them. */
  readonly applied: number
  readonly expected: number
  readonly resets: number
  readonly errors: readonly string[]
}

export interface TalkFigures {
  readonly messages: number
  /** From the write of a message to its arrival, each witness counted. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface Talk {
  /** The channel of the witnesses, and how often somebody writes there. */
  readonly witnessed: string
  readonly witnessedPerS: number
  /** Where else somebody writes, in turn. */
  readonly others: readonly string[]
  readonly othersPerS: number
}

export interface StormCommands {
  /** Opens a new session for each, which watches its streams from now on. */
  gather: { readonly ask: { readonly port: number; readonly members: readonly Member[] }; readonly answer: null }
  /** How they come back when they lose their sockets from now on. */
  prepareReturn: { readonly ask: { readonly how: Return }; readonly answer: null }
  /** For `when_released`: now. */
  release: { readonly ask: null; readonly answer: null }
  /** Waits until all are back and current. */
  awaitReturn: { readonly ask: { readonly timeoutMs: number }; readonly answer: ReturnFigures }
  /** Waits until all have what these heads say, and counts. */
  compare: {
    readonly ask: { readonly heads: Readonly<Record<string, number>>; readonly timeoutMs: number }
    readonly answer: CrowdState
  }
  /** Somebody who writes comes in, in the place of the one before. */
  openTalker: { readonly ask: { readonly url: string; readonly token: string }; readonly answer: null }
  /** Writes a message to each of these channels; answers when all are acknowledged. */
  write: { readonly ask: { readonly channelIds: readonly string[] }; readonly answer: null }
  beginTalk: { readonly ask: Talk; readonly answer: null }
  endTalk: { readonly ask: null; readonly answer: TalkFigures }
}
