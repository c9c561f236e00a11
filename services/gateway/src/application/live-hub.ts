import {
  CLOSE_CODES,
  failure,
  may,
  type Caller,
  type ChangeFrame,
  type Failure,
  type StreamName,
} from '@glasshouse/contracts'
import {
  addressKey,
  type AuthSessionId,
  type Clock,
  err,
  type LiveSessionId,
  ok,
  pause,
  type Result,
} from '@glasshouse/kernel'
import { LIVE_LIMITS, type LiveLimits } from '../domain/live-limits.ts'
import { BoundedCounts, BucketByKey } from '../domain/rates.ts'
import { AdmissionLine } from './admission-line.ts'
import { Gate } from './gate.ts'
import { LiveConnection, type ConnectionHost } from './live-connection.ts'
import type { LiveSessionStore, StoredLiveSession } from './live-session-store.ts'
import { LiveSessions, type Attached } from './live-sessions.ts'
import type {
  Authentication,
  Commands,
  EncodeFrame,
  Log,
  OpenedStream,
  PresenceSource,
  StreamSource,
  TypingCommand,
  TypingSource,
  Wire,
} from './ports.ts'
import { ChangeReader, type EndsWatch } from './read-changes.ts'
import { FrameReceiver, type FrameMachinery } from './receive-frame.ts'
import { StreamOpener } from './stream-opener.ts'
import { Tick } from './tick.ts'
import { Turns } from './turns.ts'
import { TypingStreams } from './typing-streams.ts'
import { WatchedPeople } from './watched-people.ts'
import { WatchedStream } from './watched-stream.ts'

export interface LiveHubPorts {
  readonly source: StreamSource
  readonly typing: TypingSource
  readonly presence: PresenceSource
  readonly commands: Commands
  readonly authentication: Authentication
  readonly clock: Clock
  readonly log: Log
  readonly encode: EncodeFrame
  readonly sessionStore: LiveSessionStore
  /** Visitors may open sockets too, since they may write somewhere. Otherwise event streams of what is public are all that they get. */
  readonly visitorsWrite?: boolean
}

interface Opened {
  readonly wire: Wire
  readonly address: string
  readonly found?: StoredLiveSession | undefined
}

/** What an event stream is opened with; it cannot ask for anything later. */
interface OpenedEvents extends Opened {
  /** Undefined: a visitor. */
  readonly caller: Caller | undefined
  /** What it watches: each from there on, else from where its session stands, else from now on. Undefined: what the session watched. */
  readonly streams: ReadonlyMap<StreamName, number | undefined> | undefined
  /** Where its client is in what its session watched. */
  readonly places: ReadonlyMap<string, number>
  /** Which tab of the client it is for. */
  readonly tab: TabKey | undefined
}

/** Whose tab it is, and which. */
export type TabKey = string

/** An open connection as its socket drives it. */
export interface OpenConnection {
  readonly connection: LiveConnection
  readonly frames: FrameReceiver
}

/** A place that was taken before the socket opened; `release` gives it back, once. */
export interface Admission {
  release(): void
}

const DRAIN_POLL_MS = 10
/** Connections that are looked after, or closed, before it is somebody else's turn. */
const SWEPT_AT_ONCE = 64
/** At drain: what writing the sessions has at least, however long the sends took. */
const SESSIONS_DRAIN_MIN_MS = 250

/**
 * All live connections of this process and the streams that they watch. See domain/fan-out.ts for how a change reaches them,
 * watched-stream.ts and subscription.ts for how none is missed.
 */
export class LiveHub implements ConnectionHost, FrameMachinery {
  readonly limits: LiveLimits
  readonly clock: Clock
  readonly log: Log
  readonly encode: EncodeFrame
  readonly commands: Commands
  readonly authentication: Authentication
  readonly visitorsWrite: boolean
  readonly reader: ChangeReader
  readonly opener: StreamOpener
  /** Work that comes in crowds: handshakes to finish, sessions to restore, connections to look after. */
  readonly turns: Turns
  /** Apart from the others, so that whoever is here does not wait for a crowd that comes. */
  readonly frameTurns: Turns
  /** Where connections wait that are to be opened. */
  readonly admission: AdmissionLine
  readonly tick: Tick
  readonly typing: TypingStreams
  readonly people: WatchedPeople
  readonly presence: PresenceSource
  readonly #typingSource: TypingSource
  readonly #typingGate: Gate
  readonly #sessions: LiveSessions<LiveConnection>
  readonly #source: StreamSource
  readonly #streams = new Map<string, WatchedStream>()
  /** An event stream receives nothing. */
  readonly #connections = new Map<LiveConnection, FrameReceiver | undefined>()
  /** The event stream of each tab that has named itself. */
  readonly #tabs = new Map<TabKey, LiveConnection>()
  readonly #bySession = new Map<AuthSessionId, Set<LiveConnection>>()
  /** Sessions that ended lately, so that a handshake that was under way meanwhile opens nothing. Two halves, the older is forgotten. */
  #endedLately: [Set<AuthSessionId>, Set<AuthSessionId>] = [new Set(), new Set()]
  readonly #addresses: BoundedCounts
  readonly #users: BoundedCounts
  readonly #opens: BucketByKey
  readonly #openPace: BucketByKey
  readonly #visitors: BoundedCounts
  readonly #visitorAddresses: BoundedCounts
  #release: (() => void)[] = []
  #draining = false
  #sweeping = false

  constructor(ports: LiveHubPorts, limits: Partial<LiveLimits> = {}) {
    this.limits = { ...LIVE_LIMITS, ...limits }
    this.clock = ports.clock
    this.log = ports.log
    this.encode = ports.encode
    this.commands = ports.commands
    this.authentication = ports.authentication
    this.visitorsWrite = ports.visitorsWrite === true && may('anonymous', 'live.connect')
    this.#source = ports.source
    this.tick = new Tick(ports.clock, this.limits.writeSliceMs)
    this.turns = new Turns(ports.clock, this.limits.sliceMs)
    this.frameTurns = new Turns(ports.clock, this.limits.sliceMs)
    this.admission = new AdmissionLine(ports.clock, this.limits)
    this.#typingSource = ports.typing
    this.#typingGate = new Gate(this.limits.typingAsksInFlightMax, this.limits.typingAsksWaitingMax)
    this.presence = ports.presence
    this.typing = new TypingStreams(ports.encode)
    this.people = new WatchedPeople({ ...ports, source: ports.presence, limits: this.limits })
    this.reader = new ChangeReader(ports, this.limits)
    this.opener = new StreamOpener({ ...ports, turns: this.turns }, this.limits)
    this.#sessions = new LiveSessions<LiveConnection>({
      store: ports.sessionStore,
      clock: ports.clock,
      log: ports.log,
      limits: this.limits,
      isEnded: (id) => this.#endedLately.some((ended) => ended.has(id)),
    })
    this.#addresses = new BoundedCounts(this.limits.socketsPerAddressMax)
    this.#users = new BoundedCounts(this.limits.socketsPerUserMax)
    const { opensPerUserMax, opensWindowMs: windowMs } = this.limits
    const opensPerSecond = (opensPerUserMax / windowMs) * 1_000
    this.#opens = new BucketByKey({ perSecondMax: opensPerSecond, windowMs })
    const perSecondMax = Math.max(this.limits.opensPerSecondMax, opensPerSecond)
    this.#openPace = new BucketByKey({ perSecondMax, windowMs: 1_000 })
    this.#visitors = new BoundedCounts(this.limits.visitorsMax)
    this.#visitorAddresses = new BoundedCounts(this.limits.visitorsPerAddressMax)
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  get streamCount(): number {
    return this.#streams.size
  }

  /** Live sessions whose last change is not in the store yet. */
  get unwrittenSessions(): number {
    return this.#sessions.unwritten
  }

  get draining(): boolean {
    return this.#draining
  }

  /** How many connections hear the stream live. */
  liveCount(stream: StreamName): number {
    return this.#streams.get(stream)?.liveCount ?? 0
  }

  /** Throws when the store of sessions cannot be reached. */
  async start(): Promise<void> {
    const sweep = setInterval(() => this.#sweep(), this.limits.sweepIntervalMs)
    const forget = setInterval(() => {
      this.#endedLately = [new Set(), this.#endedLately[0]]
    }, this.limits.handshakeTimeoutMs)
    for (const timer of [sweep, forget]) timer.unref()
    this.#release = [
      () => clearInterval(sweep),
      () => clearInterval(forget),
      this.#source.onChange((change) => this.#changed(change)),
      this.#source.onStreamAdvanced((stream, head) => this.#advanced(stream, head)),
      this.#typingSource.onTyping((frame) => this.typing.typing(frame)),
      this.presence.onChange((userIds) => this.people.changed(userIds)),
      this.authentication.onSessionEnded((sessionId) => this.#sessionEnded(sessionId)),
    ]
    await this.#sessions.start()
  }

  /** Before anything is known of the client but its address. */
  admitAddress(address: string): Result<Admission, Failure> {
    if (this.#draining) return err(failure('server.restarting', { retryAfterMs: 1_000 }))
    return admit(this.#addresses, addressKey(address))
  }

  /**
   * Once it is known who it is. Whoever takes a session from another connection of theirs takes its place too, since that one is about
   * to close; so does a tab that comes again.
   */
  admitUser(caller: Caller, sessionId?: LiveSessionId, tab?: TabKey): Result<Admission, Failure> {
    if (this.#draining) return err(failure('server.restarting', { retryAfterMs: 1_000 }))
    if (!may(caller.role, 'live.connect')) return err(failure('permission.denied'))
    const open = this.#opens.take(caller.userId, this.clock.monotonicMs())
    if (!open.taken) return err(failure('live.too_many_opens', { retryAfterMs: open.refilledInMs }))
    const takesOver =
      (sessionId !== undefined && this.#sessions.isHeld(sessionId, caller.userId)) || this.#isTabHeld(tab)
    return admit(this.#users, caller.userId, takesOver ? 1 : 0)
  }

  /** For somebody who was admitted: when it is their turn. Many connections of one person open one after the other. */
  openingWaitMs({ userId }: Caller): number {
    return this.#openPace.reserve(userId, this.clock.monotonicMs())
  }

  /** Who floods and comes back at once would have as much done for them as before. */
  thrownOut(connection: LiveConnection): void {
    this.#opens.owe(openerOf(connection), this.limits.thrownOutOpens, this.clock.monotonicMs())
  }

  /**
   * Somebody who has not signed in: within bounds of their own, so that strangers do not take the places of members, and together with
   * all others of their network as often as one person may.
   */
  admitVisitor(address: string, tab?: TabKey): Result<Admission, Failure> {
    const open = this.#opens.take(openerOf({ caller: undefined, address }), this.clock.monotonicMs())
    if (!open.taken) return err(failure('live.too_many_opens', { retryAfterMs: open.refilledInMs }))
    const beyond = this.#isTabHeld(tab) ? 1 : 0
    const ofAddress = admit(this.#visitorAddresses, addressKey(address), beyond)
    if (!ofAddress.ok) return ofAddress
    const ofAll = admit(this.#visitors, 'all', beyond)
    if (!ofAll.ok) {
      ofAddress.value.release()
      return ofAll
    }
    return ok({
      release() {
        ofAddress.value.release()
        ofAll.value.release()
      },
    })
  }

  /** The session with this id, when it is this caller's and has not expired: for `connect`. */
  findSession(caller: Caller, id: LiveSessionId): Promise<StoredLiveSession | undefined> {
    return this.#sessions.find(id, caller.userId)
  }

  /** With a session that was found the connection goes on where that stands, and the one that held it is closed. A visitor has none. */
  connect(opened: Opened & { readonly caller: Caller | undefined }): OpenConnection {
    const { caller, found } = opened
    const attached = caller === undefined ? undefined : this.#attach(caller, found)
    const restored = attached?.restored
    const resumed = restored !== undefined
    const streams = restored ?? new Map<StreamName, number>()
    const connection = new LiveConnection(this, { ...opened, session: attached?.session, resumed, streams })
    const frames = new FrameReceiver(connection, this)
    this.#begin(connection, frames, restored)
    return { connection, frames }
  }

  /** The same for a connection that only listens. */
  connectEvents(opened: OpenedEvents): LiveConnection {
    const { caller, found, tab } = opened
    const attached = caller === undefined ? undefined : this.#attach(caller, found)
    const restored = attached?.restored
    const streams = opened.streams === undefined ? advanced(restored, opened.places) : placed(opened.streams, restored)
    const resumed = restored !== undefined
    const connection = new LiveConnection(this, { ...opened, session: attached?.session, resumed, streams })
    if (tab !== undefined) {
      this.#tabs.get(tab)?.close(CLOSE_CODES.replaced, failure('live.replaced'))
      this.#tabs.set(tab, connection)
    }
    this.#begin(connection, undefined, streams)
    return connection
  }

  /** Stops reading, lets the sends under way be acknowledged, and tells all to connect again: 4503. */
  async drain(): Promise<void> {
    this.#draining = true
    this.#sessions.close()
    for (const connection of this.#connections.keys()) connection.stopReading()
    const untilMs = this.clock.monotonicMs() + this.limits.drainTimeoutMs
    while (this.#sendsInFlight() > 0 && this.clock.monotonicMs() < untilMs) await pause(DRAIN_POLL_MS)
    this.tick.collect()
    let closed = 0
    for (const connection of this.#connections.keys()) {
      connection.close(CLOSE_CODES.restarting, failure('server.restarting'))
      if (++closed % SWEPT_AT_ONCE === 0) await this.turns.run(() => undefined)
    }
    await this.#sessions.drain(Math.max(SESSIONS_DRAIN_MIN_MS, untilMs - this.clock.monotonicMs()))
  }

  stop(): void {
    this.#draining = true
    this.#sessions.stop()
    for (const release of this.#release) release()
    this.#release = []
    for (const connection of this.#connections.keys()) {
      connection.close(CLOSE_CODES.restarting, failure('server.restarting'))
    }
    for (const stream of this.#streams.values()) stream.close()
    this.#streams.clear()
    this.people.close()
  }

  // What connections ask of their hub.

  watched(stream: StreamName): WatchedStream {
    let watched = this.#streams.get(stream)
    if (watched === undefined) {
      watched = new WatchedStream(stream, this)
      this.#streams.set(stream, watched)
    }
    return watched
  }

  released(stream: StreamName): void {
    const watched = this.#streams.get(stream)
    if (watched?.abandoned !== true) return
    watched.close()
    this.#streams.delete(stream)
  }

  /** Whether the caller may watch these streams now. Answers for each, in their order. */
  open(caller: Caller | undefined, streams: readonly StreamName[]): Promise<readonly OpenedStream[]> {
    return new Promise((answer) => this.opener.open({ caller, streams, answer }))
  }

  endsWatch(change: ChangeFrame): EndsWatch {
    return this.#source.endsWatch(change)
  }

  openTyping(caller: Caller | undefined, stream: StreamName): Promise<Result<void, Failure>> {
    return this.#typingGate.run(() => this.#typingSource.open(caller, stream))
  }

  announceTyping(caller: Caller, request: TypingCommand): Promise<Result<void, Failure>> {
    return this.#typingGate.run(() => this.#typingSource.announce(caller, request))
  }

  reauthenticated(connection: LiveConnection, caller: Caller): void {
    const { session } = connection
    if (!this.#connections.has(connection) || session === undefined) return
    this.#unindex(connection)
    connection.caller = caller
    session.authSessionId = caller.sessionId
    this.#sessions.changed(session)
    this.#index(connection)
  }

  ended(connection: LiveConnection): void {
    if (connection.session !== undefined) this.#sessions.leave(connection.session, connection)
    if (connection.tab !== undefined && this.#tabs.get(connection.tab) === connection) this.#tabs.delete(connection.tab)
    this.#connections.delete(connection)
    this.#unindex(connection)
  }

  sessionChanged(connection: LiveConnection): void {
    if (!connection.closed && connection.session !== undefined) this.#sessions.changed(connection.session)
  }

  #attach(caller: Caller, found: StoredLiveSession | undefined): Omit<Attached<LiveConnection>, 'replaced'> {
    const { replaced, ...attached } = this.#sessions.attach(caller, found)
    replaced?.close(CLOSE_CODES.replaced, failure('live.replaced'))
    return attached
  }

  #begin(
    connection: LiveConnection,
    frames: FrameReceiver | undefined,
    streams: ReadonlyMap<StreamName, number | undefined> | undefined,
  ): void {
    if (connection.session !== undefined) connection.session.holder = connection
    this.#connections.set(connection, frames)
    this.#index(connection)
    if (this.#draining) connection.close(CLOSE_CODES.restarting, failure('server.restarting'))
    if (streams !== undefined && !connection.closed) connection.watch(streams)
  }

  #isTabHeld(tab: TabKey | undefined): boolean {
    return tab !== undefined && this.#tabs.has(tab)
  }

  #changed(change: ChangeFrame): void {
    const stream = change.stream as StreamName
    // Whatever is no new thing may change one that is kept for those who come back.
    if (change.type !== 'new_message') this.reader.forgetRecent(stream, change.changed_seq)
    this.#streams.get(stream)?.changed(change)
    this.typing.changed(stream, change.changed_seq, this.#source.endsWatch(change))
  }

  /** From the relay: what the short cut has not brought may be anything. */
  #advanced(stream: StreamName, head: number): void {
    this.reader.forgetBefore(stream, head)
    this.#streams.get(stream)?.advanced(head)
    this.typing.advanced(stream, head)
  }

  #sessionEnded(sessionId: AuthSessionId): void {
    this.#endedLately[0].add(sessionId)
    this.#sessions.authSessionEnded(sessionId)
    for (const connection of this.#bySession.get(sessionId) ?? []) {
      connection.close(CLOSE_CODES.session_ended, failure('auth.session_ended'))
    }
  }

  /** Looks after all connections, some in each turn. */
  #sweep(): void {
    this.people.sweep()
    this.reader.sweep()
    this.#opens.sweep(this.clock.monotonicMs())
    this.#openPace.sweep(this.clock.monotonicMs())
    if (this.#sweeping) return
    this.#sweeping = true
    const connections = this.#connections.keys()
    const some = (): void => {
      this.tick.collect()
      for (let left = SWEPT_AT_ONCE; left > 0; left--) {
        const next = connections.next()
        if (next.done === true) {
          this.#sweeping = false
          return
        }
        next.value.sweep()
      }
      this.turns.push(some)
    }
    some()
  }

  #sendsInFlight(): number {
    let count = 0
    for (const frames of this.#connections.values()) count += frames?.sendsInFlight ?? 0
    return count
  }

  #index(connection: LiveConnection): void {
    if (connection.caller === undefined) return
    const { sessionId } = connection.caller
    const ofSession = this.#bySession.get(sessionId) ?? new Set()
    this.#bySession.set(sessionId, ofSession.add(connection))
    if (this.#endedLately.some((ended) => ended.has(sessionId))) {
      connection.close(CLOSE_CODES.session_ended, failure('auth.session_ended'))
    }
  }

  #unindex(connection: LiveConnection): void {
    if (connection.caller === undefined) return
    const { sessionId } = connection.caller
    const ofSession = this.#bySession.get(sessionId)
    ofSession?.delete(connection)
    if (ofSession?.size === 0) this.#bySession.delete(sessionId)
  }
}

/** Whose opened connections are counted together: those of a person, or of all visitors from a network. */
function openerOf({ caller, address }: Pick<LiveConnection, 'caller' | 'address'>): string {
  return caller?.userId ?? `visitor ${addressKey(address)}`
}

/** Each stream from where the client says it is, else from where its session stands. */
function placed(
  streams: ReadonlyMap<StreamName, number | undefined>,
  restored: ReadonlyMap<StreamName, number> | undefined,
): ReadonlyMap<StreamName, number | undefined> {
  return new Map([...streams].map(([stream, after]) => [stream, after ?? restored?.get(stream)]))
}

/** Each stream from where its session stands, or from where its client says that it is, which is never less. */
function advanced(
  restored: ReadonlyMap<StreamName, number> | undefined,
  places: ReadonlyMap<string, number>,
): ReadonlyMap<StreamName, number> {
  return new Map([...(restored ?? [])].map(([stream, after]) => [stream, Math.max(after, places.get(stream) ?? 0)]))
}

function admit(counts: BoundedCounts, key: string, beyond = 0): Result<Admission, Failure> {
  if (!counts.take(key, beyond)) return err(failure('live.too_many_sockets', { retryAfterMs: 5_000 }))
  let held = true
  return ok({
    release() {
      if (held) counts.release(key)
      held = false
    },
  })
}
