/**
 * What the tab that leads does: it has the line to the server, and hands on to each tab (itself included) what it follows. A tab is
 * bounded: one that does not take what it is sent, or is not heard of, is forgotten, and attaches again when it finds out.
 */
import type { ClientFrame, ServerFrame } from '@glasshouse/contracts'
import { systemClock, type Clock } from '@glasshouse/kernel'
import { apiError } from './api-error.ts'
import type { LineStatus, StreamPosition } from './line.ts'
import type { LiveOptions } from './live-types.ts'
import { NudgedTimers } from './nudged-timers.ts'
import { ServerLine } from './server-line.ts'
import { StreamAsks, type NextAsk } from './stream-asks.ts'
import { systemTimers } from './system-timers.ts'
import type { LineFigures, TabId, ToLeader, ToTab } from './tab-messages.ts'
import { TabPeople } from './tab-people.ts'
import { TabSends, type SendFrame } from './tab-sends.ts'

const IN_FLIGHT_MAX = 64
const SENDS_PER_SECOND_MAX = 80
/** Frames that a tab may have been sent and not have taken yet. A tab says so every 256. */
const UNTAKEN_MAX = 2_048
/** A hidden tab may be slowed down to one timer a minute. */
const SILENT_MAX_MS = 150_000
const TABS_MAX = 200

interface Tab {
  readonly id: TabId
  wants: Set<string>
  sent: number
  took: number
  /** Monotonic. */
  heardAtMs: number
}

export interface HubPort {
  post(to: TabId, message: ToTab): void
  forget(tab: TabId): void
}

export class TabHub {
  readonly #port: HubPort
  readonly #clock: Clock
  readonly #timers: NudgedTimers
  readonly #line: ServerLine
  readonly #sends: TabSends
  readonly #tabs = new Map<TabId, Tab>()
  readonly #asks = new Map<string, StreamAsks>()
  readonly #people = new TabPeople()
  #isUp = false
  #start: unknown

  constructor(options: LiveOptions, port: HubPort) {
    this.#port = port
    this.#clock = options.clock ?? systemClock
    this.#timers = new NudgedTimers(options.timers ?? systemTimers, this.#clock)
    this.#line = new ServerLine(
      { ...options, timers: this.#timers },
      {
        onStatus: (status) => this.#statusChanged(status),
        onUp: (restored) => this.#up(restored),
        onFrame: (frame) => this.#received(frame),
        onDown: () => this.#down(),
        onBeat: () => this.#sweep(),
        onFault: (error) => this.#toAll({ type: 'fault', error }),
      },
    )
    this.#sends = new TabSends({
      inFlightMax: options.inFlightMax ?? IN_FLIGHT_MAX,
      sendsPerSecondMax: options.sendsPerSecondMax ?? SENDS_PER_SECOND_MAX,
      clock: this.#clock,
      timers: this.#timers,
      send: (frame) => this.#line.send(frame),
    })
  }

  /** Opens the line: after `delayMs`, in which the tabs of a leader that is gone say what they want of its session. */
  start(delayMs: number): void {
    if (delayMs <= 0) this.#line.connect()
    else this.#start = this.#timers.set(() => this.#line.connect(), delayMs)
  }

  /** Another tab goes on with the session; or, with `leaving`, nobody does. */
  end(leaving: boolean): void {
    this.#timers.clear(this.#start)
    this.#sends.clear()
    this.#tabs.clear()
    if (leaving) this.#line.close()
    else this.#line.hangUp()
  }

  /** Tabs besides this one. */
  hasOthers(self: TabId): boolean {
    return [...this.#tabs.keys()].some((id) => id !== self)
  }

  received(from: TabId, message: ToLeader): void {
    this.#timers.nudge()
    if (message.type === 'attach') {
      this.#attach(from, message)
      return
    }
    const tab = this.#tabs.get(from)
    if (tab === undefined) {
      if (message.type !== 'detach') this.#port.post(from, { type: 'stranger' })
      this.#port.forget(from)
      return
    }
    tab.heardAtMs = this.#clock.monotonicMs()
    this.#serve(tab, message)
  }

  #serve(tab: Tab, message: Exclude<ToLeader, { type: 'attach' }>): void {
    switch (message.type) {
      case 'detach':
        this.#forget(tab)
        break
      case 'want':
        this.#want(tab, message.stream)
        break
      case 'drop':
        this.#drop(tab, message.stream, message.tell)
        break
      case 'send':
        if (this.#isUp) this.#send(tab, message.frame)
        break
      case 'ping':
        tab.took = message.took
        this.#post(tab, { type: 'pong', figures: this.#figures })
        break
      case 'wake':
        this.#line.wake()
        break
      case 'connect':
        this.#line.connect()
        break
      case 'give_up':
        this.#line.giveUp(message.closeCode)
        break
    }
  }

  #attach(id: TabId, { attachment, wants }: Extract<ToLeader, { type: 'attach' }>): void {
    const before = this.#tabs.get(id)
    if (before === undefined && this.#tabs.size >= TABS_MAX) this.#sweepOldest()
    const tab: Tab = { id, wants: before?.wants ?? new Set(), sent: 0, took: 0, heardAtMs: this.#clock.monotonicMs() }
    this.#tabs.set(id, tab)
    for (const asks of this.#asks.values()) asks.forget(id)
    for (const stream of wants) this.#want(tab, stream)
    for (const stream of tab.wants) if (!wants.includes(stream)) this.#drop(tab, stream, true)
    const { status } = this.#line
    this.#post(tab, { type: 'welcome', attachment, status, up: this.#isUp, figures: this.#figures })
  }

  #forget(tab: Tab): void {
    this.#tabs.delete(tab.id)
    this.#port.forget(tab.id)
    for (const stream of tab.wants) this.#drop(tab, stream, true)
    const ask = this.#people.forget(tab.id)
    if (ask !== undefined && this.#isUp) this.#line.send(ask)
  }

  #want(tab: Tab, stream: string): void {
    tab.wants.add(stream)
    this.#line.want(stream)
  }

  #drop(tab: Tab, stream: string, tell: boolean): void {
    tab.wants.delete(stream)
    this.#asks.get(stream)?.forget(tab.id)
    if ([...this.#tabs.values()].some(({ wants }) => wants.has(stream))) return
    this.#asks.delete(stream)
    this.#line.drop(stream, tell)
  }

  #send(tab: Tab, frame: ClientFrame): void {
    switch (frame.type) {
      case 'subscribe':
        if (frame.stream !== undefined) this.#ask(tab, [[frame.stream, frame.after]])
        break
      case 'resume':
        this.#ask(tab, Object.entries(frame.streams))
        break
      case 'send_message':
        this.#sendMessage(tab, frame)
        break
      case 'watch_presence':
        this.#showPeople(tab, frame.user_ids)
        break
      default:
        this.#line.send(frame)
    }
  }

  #ask(tab: Tab, positions: readonly (readonly [stream: string, after: number | undefined])[]): void {
    const due: [stream: string, after: number][] = []
    for (const [stream, after] of positions) {
      const next = this.#asksOf(stream).ask(tab.id, after)
      if (next === undefined) continue
      if (next.after === undefined) this.#askServer(stream, next)
      else due.push([stream, next.after])
    }
    const [first] = due
    if (due.length > 1) this.#line.send({ type: 'resume', streams: Object.fromEntries(due) })
    else if (first !== undefined) this.#askServer(first[0], { after: first[1] })
  }

  #askServer(stream: string, next: NextAsk): void {
    if (next === undefined) return
    const after = next.after === undefined ? {} : { after: next.after }
    this.#line.send({ type: 'subscribe', stream, ...after })
  }

  #asksOf(stream: string): StreamAsks {
    let asks = this.#asks.get(stream)
    if (asks === undefined) this.#asks.set(stream, (asks = new StreamAsks()))
    return asks
  }

  #sendMessage(tab: Tab, frame: SendFrame): void {
    const outcome = this.#sends.add(tab.id, frame)
    if (outcome === 'taken') return
    const [code, message] =
      outcome === 'full'
        ? ['client.queue_full', 'Too many messages of all tabs wait to be sent. Wait until they are.']
        : ['message.client_id_conflict', 'Another message with this client_id is on its way.']
    const clientId = frame.client_id === undefined ? {} : { client_id: frame.client_id }
    this.#post(tab, { type: 'frame', frame: { type: 'error', code, message, ...clientId } })
  }

  #received(frame: ServerFrame): void {
    switch (frame.type) {
      case 'replay':
        this.#asks.get(frame.stream)?.replay(frame.after)
        this.#toNotWaiting(frame.stream, frame)
        break
      case 'subscribed':
        this.#toNotWaiting(frame.stream, frame)
        this.#askServer(frame.stream, this.#asksOf(frame.stream).subscribed())
        break
      case 'reset':
        this.#reset(frame)
        break
      case 'lagged':
        for (const tab of this.#tabs.values()) {
          const streams = frame.streams.filter((stream) => tab.wants.has(stream))
          if (streams.length > 0) this.#frame(tab, { ...frame, streams })
        }
        break
      case 'ack':
        this.#answer(frame.client_id, frame)
        break
      case 'error':
        if (this.#answer(frame.client_id, frame)) break
        if (frame.stream === undefined) this.#toAll({ type: 'fault', error: apiError(frame) })
        else {
          this.#asks.delete(frame.stream)
          this.#toFollowers(frame.stream, frame)
        }
        break
      case 'pong':
        break
      case 'presence':
        this.#people.received(frame)
        for (const tab of this.#tabs.values()) this.#frame(tab, frame)
        break
      default:
        if ('stream' in frame) this.#toFollowers(frame.stream, frame)
        else for (const tab of this.#tabs.values()) this.#frame(tab, frame)
    }
  }

  #showPeople(tab: Tab, userIds: readonly string[]): void {
    const { ask, known } = this.#people.show(tab.id, userIds)
    this.#line.send(ask)
    for (const frame of known) this.#frame(tab, frame)
  }

  #answer(clientId: string | undefined, frame: ServerFrame): boolean {
    const tabs = this.#sends.answered(clientId)
    for (const id of tabs ?? []) {
      const tab = this.#tabs.get(id)
      if (tab !== undefined) this.#frame(tab, frame)
    }
    return tabs !== undefined
  }

  /** Too much was missed since somebody's cursor; the others may have missed what came since theirs, and look. */
  #reset(frame: Extract<ServerFrame, { type: 'reset' }>): void {
    const { stream, seq } = frame
    const asks = this.#asksOf(stream)
    const { told, cutShort, next } = asks.reset()
    for (const tab of this.#followersOf(stream)) {
      if (told(tab.id)) {
        this.#frame(tab, frame)
        continue
      }
      if (asks.waits(tab.id) && !cutShort) continue
      // A replay from beyond any cursor is skipped, and so the one before is left unfinished.
      if (cutShort) this.#frame(tab, { type: 'replay', stream, after: Number.MAX_SAFE_INTEGER })
      this.#frame(tab, { type: 'subscribed', stream, seq, recovered: true })
    }
    this.#askServer(stream, next)
  }

  #toNotWaiting(stream: string, frame: ServerFrame): void {
    const asks = this.#asksOf(stream)
    for (const tab of this.#followersOf(stream)) if (!asks.waits(tab.id)) this.#frame(tab, frame)
  }

  #toFollowers(stream: string, frame: ServerFrame): void {
    for (const tab of this.#followersOf(stream)) this.#frame(tab, frame)
  }

  #followersOf(stream: string): Tab[] {
    return [...this.#tabs.values()].filter(({ wants }) => wants.has(stream))
  }

  #up(restored: readonly StreamPosition[]): void {
    this.#isUp = true
    this.#sends.connected(this.#line.inFlightMax)
    this.#toAll({ type: 'up', restored })
  }

  #down(): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#asks.clear()
    this.#sends.clear()
    this.#people.down()
    this.#toAll({ type: 'down' })
  }

  #statusChanged(status: LineStatus): void {
    this.#toAll({ type: 'status', status, figures: this.#figures })
  }

  get #figures(): LineFigures {
    return { rttMs: this.#line.rttMs, sessionId: this.#line.sessionId, tabs: this.#tabs.size }
  }

  #frame(tab: Tab, frame: ServerFrame): void {
    if (tab.sent - tab.took >= UNTAKEN_MAX) {
      this.#forget(tab)
      return
    }
    tab.sent++
    this.#post(tab, { type: 'frame', frame })
  }

  #toAll(message: ToTab): void {
    for (const tab of this.#tabs.values()) this.#post(tab, message)
  }

  #post(tab: Tab, message: ToTab): void {
    if (this.#tabs.has(tab.id)) this.#port.post(tab.id, message)
  }

  #sweep(): void {
    const sinceMs = this.#clock.monotonicMs() - SILENT_MAX_MS
    for (const tab of this.#tabs.values()) if (tab.heardAtMs < sinceMs) this.#forget(tab)
  }

  #sweepOldest(): void {
    const [oldest] = [...this.#tabs.values()].toSorted((a, b) => a.heardAtMs - b.heardAtMs)
    if (oldest !== undefined) this.#forget(oldest)
  }
}
