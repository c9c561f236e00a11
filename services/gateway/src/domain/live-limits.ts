/** Every bound of the live door. Each can be set; the defaults are those of docs and SPEC.md. */
export interface LiveLimits {
  /** Largest frame that a client may send; beyond it 1009. */
  readonly frameBytesMax: number
  /** Deepest nesting of objects and arrays in a client's frame. */
  readonly frameDepthMax: number
  /** What one connection may have unsent before its streams are paused (`lagged`). */
  readonly unsentBytesMax: number
  readonly unsentFramesMax: number
  /** How long a connection may take nothing of what is written to it; beyond it 4408. */
  readonly undrainedTimeoutMs: number
  readonly subscriptionsMax: number
  /** Ephemeral streams that one connection may watch, besides those. */
  readonly ephemeralStreamsMax: number
  /** Questions about typing (who may see it, who may say it) under way at once, and waiting, for the whole hub. */
  readonly typingAsksInFlightMax: number
  readonly typingAsksWaitingMax: number
  /** People whose presence changed are told of together, this often at most: no person makes more frames than that. */
  readonly presenceIntervalMs: number
  /** People who are asked for at once. */
  readonly presencePerReadMax: number
  /** A connection that does much is a sign of activity this often at most. */
  readonly activityIntervalMs: number
  readonly socketsPerUserMax: number
  /** A person may open so many connections within `opensWindowMs`, one after the other or at once. */
  readonly opensPerUserMax: number
  readonly opensWindowMs: number
  readonly socketsPerAddressMax: number
  /** From its turn to the open socket. */
  readonly handshakeTimeoutMs: number
  /** Event streams of people who have not signed in: all together, and from one address (where they count as sockets too). */
  readonly visitorsMax: number
  readonly visitorsPerAddressMax: number
  /** How often an event stream says at least that it lives. */
  readonly eventCommentIntervalMs: number
  /** How often an event stream tells its client's place at most. */
  readonly eventPlaceIntervalMs: number
  /** Handshakes that wait for their turn; one more is refused. */
  readonly handshakesWaitingMax: number
  /** Those whose turn it is: being asked who they are, and opened. */
  readonly handshakesAtOnceMax: number
  /** While many come, they are let in together, so often at most. */
  readonly admissionIntervalMs: number
  /** This many invalid frames within the window close with 4400. */
  readonly invalidFramesMax: number
  readonly invalidFramesWindowMs: number
  /** More than this rate for the whole window closes with 4429. */
  readonly framesPerSecondMax: number
  readonly framesWindowMs: number
  /** Of one connection, before the event loop turns. */
  readonly framesAtOnceMax: number
  /** Connections that one user opens within a second; the next ones are opened later. A greater rate of opens raises it. */
  readonly opensPerSecondMax: number
  /** A socket that was closed for what it sent counts as so many more that its user has opened. */
  readonly thrownOutOpens: number
  readonly heartbeatIntervalMs: number
  /** So many heartbeats unanswered in a row close with 4408. */
  readonly heartbeatsMissedMax: number
  /** After the proof of identity expired: time to `authenticate`; then 4401. */
  readonly expiryGraceMs: number
  /** Sends of one connection that wait for their commit; at the bound its socket is not read. */
  readonly sendsInFlightMax: number
  /** Live changes that one reader (the hub, or a subscription catching up) holds while it reads. */
  readonly heldChangesMax: number
  /** A subscription that missed more than this is told `reset`. */
  readonly replayChangesMax: number
  readonly replayPageChanges: number
  /** The first page of a replay: most have missed little, and some leave before the second. */
  readonly replayFirstPageChanges: number
  /** A replay is written in slices of about this size, each when the socket has taken the one before. */
  readonly replaySliceBytes: number
  /** Of one connection: who asks for megabytes takes no more of the machine than this. */
  readonly replayBytesPerSecondMax: number
  /** Reads of `changes` under way at once, for the whole hub. */
  readonly readsInFlightMax: number
  /** Reads that wait for their turn, for the whole hub. */
  readonly readsWaitingMax: number
  /** The ends of streams that were read are kept so long for others who ask, so many changes of each, and so much of all of them. */
  readonly recentChangesKeptMs: number
  readonly recentChangesMax: number
  readonly recentChangesBytesMax: number
  /** Streams whose permission and head are asked for with one question; those of one connection stay together. */
  readonly opensPerReadMax: number
  /** Streams that wait to be asked for, for the whole hub: a return of 10,000 sessions with 20 streams fits. */
  readonly opensWaitingMax: number
  /** While a crowd comes, who they are, what they watched and what they may watch is asked for them together, so often at most. */
  readonly crowdIntervalMs: number
  /** How long the hub works off handshakes, restored sessions and heartbeats in one go, before the event loop turns. */
  readonly sliceMs: number
  /** How long it writes to connections in one go. */
  readonly writeSliceMs: number
  /** A failed read is tried again after about this, doubled each time. */
  readonly readRetryDelayMs: number
  readonly readAttemptsMax: number
  /** How often expiry, heartbeats and stalled sockets are looked at. */
  readonly sweepIntervalMs: number
  /** How long a client may take to answer a close frame before its socket is cut. */
  readonly closeTimeoutMs: number
  /** At drain: time for sends under way to be acknowledged. */
  readonly drainTimeoutMs: number
  /** How long a session waits for its client after its socket is gone. */
  readonly sessionKeptMs: number
  /** How often sessions that nobody came back for are removed. */
  readonly sessionSweepIntervalMs: number
  /** Stored sessions of one user; beyond it the oldest go. */
  readonly sessionsPerUserMax: number
  /** Sessions without a socket that wait in memory to be written; beyond it the oldest are forgotten. */
  readonly sessionsUnwrittenMax: number
  /** Changes of sessions are written together, this often at most. */
  readonly sessionWriteIntervalMs: number
  /** Sessions that one statement writes, or reads. */
  readonly sessionsPerWriteMax: number
  readonly sessionsPerReadMax: number
  /** Sessions that wait to be read; one more begins anew. */
  readonly sessionFindsWaitingMax: number
}

export const LIVE_LIMITS: LiveLimits = {
  frameBytesMax: 64 * 1024,
  frameDepthMax: 16,
  unsentBytesMax: 256 * 1024,
  unsentFramesMax: 1_024,
  undrainedTimeoutMs: 60_000,
  subscriptionsMax: 1_000,
  ephemeralStreamsMax: 100,
  typingAsksInFlightMax: 8,
  typingAsksWaitingMax: 20_000,
  presenceIntervalMs: 250,
  presencePerReadMax: 500,
  activityIntervalMs: 1_000,
  socketsPerUserMax: 20,
  opensPerUserMax: 60,
  opensWindowMs: 60_000,
  socketsPerAddressMax: 200,
  handshakeTimeoutMs: 10_000,
  visitorsMax: 1_000,
  visitorsPerAddressMax: 50,
  eventCommentIntervalMs: 15_000,
  eventPlaceIntervalMs: 1_000,
  handshakesWaitingMax: 20_000,
  handshakesAtOnceMax: 512,
  admissionIntervalMs: 10,
  invalidFramesMax: 20,
  invalidFramesWindowMs: 10_000,
  framesPerSecondMax: 100,
  framesWindowMs: 5_000,
  framesAtOnceMax: 16,
  opensPerSecondMax: 4,
  thrownOutOpens: 10,
  heartbeatIntervalMs: 10_000,
  heartbeatsMissedMax: 2,
  expiryGraceMs: 30_000,
  sendsInFlightMax: 256,
  heldChangesMax: 256,
  replayChangesMax: 10_000,
  replayPageChanges: 100,
  replayFirstPageChanges: 25,
  replaySliceBytes: 64 * 1024,
  replayBytesPerSecondMax: 4 * 1024 * 1024,
  readsInFlightMax: 16,
  readsWaitingMax: 250_000,
  recentChangesKeptMs: 10_000,
  recentChangesMax: 500,
  recentChangesBytesMax: 8 * 1024 * 1024,
  opensPerReadMax: 2_000,
  opensWaitingMax: 250_000,
  crowdIntervalMs: 20,
  sliceMs: 4,
  writeSliceMs: 20,
  readRetryDelayMs: 100,
  readAttemptsMax: 4,
  sweepIntervalMs: 1_000,
  closeTimeoutMs: 2_000,
  drainTimeoutMs: 3_000,
  sessionKeptMs: 300_000,
  sessionSweepIntervalMs: 60_000,
  sessionsPerUserMax: 50,
  sessionsUnwrittenMax: 20_000,
  sessionWriteIntervalMs: 1_000,
  sessionsPerWriteMax: 500,
  sessionsPerReadMax: 500,
  sessionFindsWaitingMax: 20_000,
}
