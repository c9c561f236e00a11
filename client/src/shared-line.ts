/**
 * A line that the tabs of one browser session share. One of them leads: it holds a lock, which the browser hands to the next tab when
 * that one is closed, crashes or is thrown out of memory; it has the socket (tab-hub.ts), and every tab, itself included, goes through
 * it. Each tab keeps its own cursors and its own messages until they are answered, so a leader that is gone takes nothing along: for a
 * tab it is a line that was down for a moment.
 *
 * A tab that is about to be frozen lets the lock go, and neither leads nor waits to until it goes on. A leader may also be there and not
 * answer: a page that hangs, a browser that freezes without a word. A tab that asks twice in vain takes the lock; the one before finds
 * out when it goes on, and follows.
 */
import type { ClientFrame } from '@glasshouse/contracts'
import type { Line, LineHandlers, LineStatus, StreamPosition } from './line.ts'
import type { LiveOptions, Timers } from './live-types.ts'
import { sharedSessionKeeper } from './session-keeper.ts'
import { systemTimers } from './system-timers.ts'
import { TabHub } from './tab-hub.ts'
import {
  TABS_VERSION,
  type Announcement,
  type LineFigures,
  type TabId,
  type TabMessage,
  type ToLeader,
  type ToTab,
} from './tab-messages.ts'
import type { TabBus, TabPlatform } from './tab-platform.ts'
import { watchWakeEvents } from './wake-events.ts'

export interface TabTimings {
  /** How often a tab asks the leader for a sign of life: while somebody may look at it, and while not. */
  readonly visiblePingMs: number
  readonly hiddenPingMs: number
  /** And when it has reason to doubt. */
  readonly hurriedPingMs: number
  /** How long a new leader waits for the other tabs before it opens the line. */
  readonly settleMs: number
}

const TIMINGS: TabTimings = { visiblePingMs: 5_000, hiddenPingMs: 30_000, hurriedPingMs: 1_500, settleMs: 100 }
/** Pings in a row without any sign of life, after which the leader counts as gone. */
const SILENT_PINGS_MAX = 2
/** A tab says at least this often how much it has taken. */
const TOLD_FRAMES = 256

const NO_FIGURES: LineFigures = { rttMs: undefined, sessionId: undefined, tabs: 1 }

export interface ShareOptions {
  readonly name: string
  /** The browser's own when absent. */
  readonly platform?: TabPlatform
  readonly timings?: Partial<TabTimings>
}

interface SharedLineOptions extends LiveOptions {
  readonly share: ShareOptions
  readonly platform: TabPlatform
}

export class SharedLine implements Line {
  readonly #options: SharedLineOptions
  readonly #handlers: LineHandlers
  readonly #platform: TabPlatform
  readonly #name: string
  readonly #timers: Timers
  readonly #timings: TabTimings
  readonly #random: () => number
  readonly #wants = new Set<string>()

  #status: LineStatus = { state: 'offline', reason: 'not_started' }
  #figures = NO_FIGURES
  #bus: TabBus | undefined
  /** Ends what this tab has of the lock, or its wait; undefined while it is put aside. */
  #unlock: (() => void) | undefined
  #ends: (() => void)[] = []
  /** While this tab leads. */
  #hub: TabHub | undefined
  #leader: TabId | undefined
  #attachment = 0
  #attached = false
  #isUp = false
  #took = 0
  #timer: unknown
  /** Of whoever leads, to the last ping. */
  #answerDue = false
  #silentPings = 0

  constructor(options: SharedLineOptions, handlers: LineHandlers) {
    this.#options = options
    this.#handlers = handlers
    this.#platform = options.platform
    this.#name = `glasshouse.live.${TABS_VERSION}/${options.share.name}`
    this.#timers = options.timers ?? systemTimers
    this.#timings = { ...TIMINGS, ...options.share.timings }
    this.#random = options.random ?? Math.random
  }

  get status(): LineStatus {
    return this.#status
  }

  get rttMs(): number | undefined {
    return this.#figures.rttMs
  }

  get sessionId(): string | undefined {
    return this.#figures.sessionId
  }

  get tabs(): number {
    return this.#figures.tabs
  }

  get follows(): boolean {
    return this.#hub === undefined
  }

  connect(): void {
    if (this.#bus !== undefined) {
      this.#toLeader({ type: 'connect' })
      return
    }
    this.#bus = this.#platform.join(this.#name, (message, from) => this.#heard(message, from))
    this.#ends = [
      watchWakeEvents(() => this.#wake()),
      this.#platform.watchLife({ leave: () => this.#leave(), comeBack: () => this.#comeBack() }),
    ]
    this.#setStatus({ state: 'connecting' })
    this.#seek()
    this.#waitForLock('wait')
    this.#pingAfter(this.#timings.hurriedPingMs)
  }

  close(): void {
    const { bus, hub } = { bus: this.#bus, hub: this.#hub }
    if (bus === undefined) {
      this.#setStatus({ state: 'closed', reason: 'ended' })
      return
    }
    this.#stepBack(hub !== undefined && !hub.hasOthers(bus.id))
    bus.close()
    this.#bus = undefined
    for (const end of this.#ends.splice(0)) end()
    this.#timers.clear(this.#timer)
    this.#leaderGone()
    this.#setStatus({ state: 'closed', reason: 'ended' })
  }

  send(frame: ClientFrame): void {
    if (this.#isUp) this.#toLeader({ type: 'send', frame })
  }

  want(stream: string): void {
    this.#wants.add(stream)
    this.#post({ type: 'want', stream })
  }

  drop(stream: string, tell: boolean): void {
    if (this.#wants.delete(stream)) this.#post({ type: 'drop', stream, tell })
  }

  giveUp(closeCode: number): void {
    this.#toLeader({ type: 'give_up', closeCode })
  }

  /** Neither leads nor follows any more. `leaving`: nobody goes on with the session. */
  #stepBack(leaving: boolean): void {
    this.#unlock?.()
    this.#unlock = undefined
    if (this.#hub === undefined) this.#toLeader({ type: 'detach' })
    else {
      this.#hub.end(leaving)
      this.#hub = undefined
      this.#bus?.post('all', { type: 'left' })
    }
  }

  #leave(): void {
    this.#stepBack(false)
    this.#leaderGone()
    this.#timers.clear(this.#timer)
  }

  #comeBack(): void {
    if (this.#unlock !== undefined) return
    this.#seek()
    this.#waitForLock('wait')
    this.#pingAfter(this.#timings.hurriedPingMs)
  }

  #waitForLock(how: 'wait' | 'take'): void {
    this.#unlock?.()
    this.#unlock = this.#platform.lock(this.#name, how, { onHeld: () => this.#lead(), onLost: () => this.#deposed() })
  }

  #lead(): void {
    const bus = this.#bus
    if (bus === undefined) return
    // A leader before this one has left tabs behind, which say what they want of its session.
    const settleMs = this.#leader === undefined ? 0 : this.#timings.settleMs
    const sessionKeeper = this.#options.sessionKeeper ?? sharedSessionKeeper(this.#name)
    const hub = new TabHub(
      { ...this.#options, ...(sessionKeeper === undefined ? {} : { sessionKeeper }) },
      {
        // What is for this tab comes as late as to the others, so that nobody is called in the middle of something.
        post: (to, message) => (to === bus.id ? queueMicrotask(() => this.#heard(message, to)) : bus.post(to, message)),
        forget: (tab) => bus.forget(tab),
      },
    )
    this.#hub = hub
    bus.post('all', { type: 'leads' })
    this.#follow(bus.id)
    hub.start(settleMs)
  }

  /** Another tab leads now: this one was silent for too long. */
  #deposed(): void {
    this.#hub?.end(false)
    this.#hub = undefined
    // For those who asked before it knew.
    this.#bus?.post('all', { type: 'left' })
    this.#leaderGone()
    this.#seek()
    this.#waitForLock('wait')
  }

  #seek(): void {
    this.#bus?.post('all', { type: 'who' })
  }

  #follow(leader: TabId): void {
    this.#leaderGone()
    this.#leader = leader
    this.#attach()
  }

  #leaderGone(): void {
    const hadLeader = this.#leader
    this.#leader = undefined
    this.#attached = false
    if (hadLeader !== undefined) this.#bus?.forget(hadLeader)
    this.#goDown()
    if (this.#bus !== undefined && this.#status.state !== 'connecting') this.#setStatus({ state: 'connecting' })
  }

  #attach(): void {
    this.#attached = false
    this.#took = 0
    this.#attachment++
    this.#post({ type: 'attach', attachment: this.#attachment, wants: [...this.#wants] })
  }

  #heard(message: TabMessage, from: TabId): void {
    const bus = this.#bus
    if (bus === undefined) return
    switch (message.type) {
      case 'who':
        if (this.#hub !== undefined) bus.post(from, { type: 'leads', answers: true })
        break
      case 'leads':
        if (message.answers === true && this.#attached) break
        // One that has lost the lock finds out by that, and one that is put aside asks when it comes back.
        if (this.#hub === undefined && this.#unlock !== undefined && (from !== this.#leader || !this.#attached))
          this.#follow(from)
        break
      case 'left':
        if (from !== this.#leader) break
        this.#leaderGone()
        this.#seek()
        break
      case 'attach':
      case 'detach':
      case 'want':
      case 'drop':
      case 'send':
      case 'ping':
      case 'wake':
      case 'connect':
      case 'give_up':
        this.#hub?.received(from, message)
        break
      default:
        if (from === this.#leader) this.#told(message)
    }
  }

  #told(message: ToTab): void {
    this.#answerDue = false
    this.#silentPings = 0
    if (message.type === 'welcome') {
      if (message.attachment !== this.#attachment) return
      this.#attached = true
      this.#figures = message.figures
      this.#setStatus(message.status)
      if (message.up) this.#goUp([])
      return
    }
    // Of an attachment before this one.
    if (!this.#attached) return
    switch (message.type) {
      case 'status':
        this.#figures = message.figures
        this.#setStatus(message.status)
        break
      case 'up':
        this.#goUp(message.restored)
        break
      case 'down':
        this.#goDown()
        break
      case 'frame':
        this.#took++
        if (this.#took % TOLD_FRAMES === 0) this.#ping()
        this.#handlers.onFrame(message.frame)
        break
      case 'pong':
        this.#figures = message.figures
        break
      case 'stranger':
        this.#goDown()
        this.#attach()
        break
      case 'fault':
        this.#handlers.onFault(message.error)
    }
  }

  #goUp(restored: readonly StreamPosition[]): void {
    this.#isUp = true
    this.#handlers.onUp(restored)
  }

  #goDown(): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#handlers.onDown()
  }

  #wake(): void {
    this.#toLeader({ type: 'wake' })
    this.#ask()
    this.#pingAfter(this.#timings.hurriedPingMs)
  }

  #beat(): void {
    if (this.#isUp) this.#handlers.onBeat()
    if (this.#answerDue && this.#hub === undefined) this.#silentPings++
    if (this.#silentPings >= SILENT_PINGS_MAX) {
      this.#silentPings = 0
      this.#waitForLock('take')
    }
    this.#ask()
    this.#pingAfter(this.#pingMs())
  }

  /** Asks for a sign of life. */
  #ask(): void {
    this.#answerDue = true
    if (this.#leader === undefined) this.#seek()
    else if (this.#attached) this.#ping()
    else this.#attach()
  }

  #ping(): void {
    this.#post({ type: 'ping', took: this.#took })
  }

  /** The waits differ, so that of many tabs one takes over and not all in turn. */
  #pingMs(): number {
    const { visiblePingMs, hiddenPingMs, hurriedPingMs } = this.#timings
    const inDoubt = this.#silentPings > 0 || this.#status.state !== 'live'
    const pingMs = !this.#platform.isVisible() ? hiddenPingMs : inDoubt ? hurriedPingMs : visiblePingMs
    return pingMs * (0.75 + this.#random() / 2)
  }

  #pingAfter(delayMs: number): void {
    this.#timers.clear(this.#timer)
    this.#timer = this.#timers.set(() => this.#beat(), delayMs)
  }

  /** What a leader that does not know this tab yet hears with `attach`. */
  #toLeader(message: ToLeader): void {
    if (this.#attached) this.#post(message)
  }

  #post(message: ToLeader | Announcement): void {
    const { bus, leader } = { bus: this.#bus, leader: this.#leader }
    if (bus === undefined || leader === undefined) return
    if (leader === bus.id && this.#hub !== undefined) this.#heard(message, bus.id)
    else bus.post(leader, message)
  }

  #setStatus(status: LineStatus): void {
    this.#status = status
    this.#handlers.onStatus(status)
  }
}
