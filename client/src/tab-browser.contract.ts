/**
 * A browser with several tabs, for tests: each tab has its own timers, sockets and messages, and may be closed, crash, be frozen and go
 * on. What a frozen tab would have got waits, in its order, as in a browser; it keeps its lock. What is sent between tabs is cloned.
 */
import type { LiveOptions, LiveSocket, Timers } from './live-types.ts'
import type { SessionKeeper } from './session-keeper.ts'
import type { TabId, TabMessage } from './tab-messages.ts'
import type { LockHandlers, TabBus, TabLife, TabPlatform } from './tab-platform.ts'

interface Listener {
  readonly tab: BrowserTab
  readonly onMessage: (message: TabMessage, from: TabId) => void
}

interface Claim {
  readonly tab: BrowserTab
  readonly handlers: LockHandlers
}

export class TabBrowser {
  readonly #meetings = new Map<string, Map<TabId, Listener>>()
  readonly #locks = new Map<string, { holder: Claim | undefined; waiting: Claim[] }>()
  #tabs = 0
  #session: string | undefined
  /** As the storage of all tabs. */
  readonly sessionKeeper: SessionKeeper = {
    read: () => this.#session,
    write: (sessionId) => (this.#session = sessionId),
  }

  open(): BrowserTab {
    return new BrowserTab(this, `tab-${++this.#tabs}` as TabId)
  }

  join(tab: BrowserTab, name: string, onMessage: Listener['onMessage']): TabBus {
    const meeting = this.#meetings.get(name) ?? new Map<TabId, Listener>()
    this.#meetings.set(name, meeting)
    meeting.set(tab.id, { tab, onMessage })
    return {
      id: tab.id,
      post: (to, message) => {
        if (!tab.isOpen) return
        const sent = structuredClone(message)
        for (const [id, listener] of meeting) {
          if (id === tab.id || (to !== 'all' && to !== id)) continue
          setImmediate(() => listener.tab.run(() => meeting.get(id) === listener && listener.onMessage(sent, tab.id)))
        }
      },
      forget: () => undefined,
      close: () => void meeting.delete(tab.id),
    }
  }

  lock(name: string, how: 'wait' | 'take', claim: Claim): () => void {
    const lock = this.#locks.get(name) ?? { holder: undefined, waiting: [] }
    this.#locks.set(name, lock)
    if (how === 'take' && lock.holder !== undefined) {
      const { tab, handlers } = lock.holder
      lock.holder = undefined
      setImmediate(() => tab.run(() => handlers.onLost()))
    }
    lock.waiting[how === 'take' ? 'unshift' : 'push'](claim)
    this.#grant(name)
    return () => {
      if (lock.holder === claim) lock.holder = undefined
      lock.waiting = lock.waiting.filter((each) => each !== claim)
      this.#grant(name)
    }
  }

  leave(tab: BrowserTab): void {
    for (const meeting of this.#meetings.values()) meeting.delete(tab.id)
    for (const [name, lock] of this.#locks) {
      if (lock.holder?.tab === tab) lock.holder = undefined
      lock.waiting = lock.waiting.filter((claim) => claim.tab !== tab)
      this.#grant(name)
    }
  }

  /** The tab that has the lock. */
  holder(name: string): BrowserTab | undefined {
    return [...this.#locks].find(([each]) => each.endsWith(`/${name}`))?.[1].holder?.tab
  }

  #grant(name: string): void {
    const lock = this.#locks.get(name)
    if (lock === undefined || lock.holder !== undefined) return
    const next = lock.waiting.shift()
    if (next === undefined) return
    lock.holder = next
    setImmediate(() => next.tab.run(() => lock.holder === next && next.handlers.onHeld()))
  }
}

export class BrowserTab {
  readonly id: TabId
  readonly #browser: TabBrowser
  readonly sockets = new Set<WebSocket>()
  readonly #lives = new Set<TabLife>()
  #waiting: (() => void)[] = []
  #state: 'open' | 'frozen' | 'gone' = 'open'
  #told = false
  isVisible = true

  constructor(browser: TabBrowser, id: TabId) {
    this.#browser = browser
    this.id = id
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  get isFrozen(): boolean {
    return this.#state === 'frozen'
  }

  /** What a connection in this tab is made with. */
  get options(): Pick<LiveOptions, 'timers' | 'WebSocketImpl' | 'sessionKeeper'> {
    const { sessionKeeper } = this.#browser
    return { timers: this.#timers, WebSocketImpl: this.#socketClass(), sessionKeeper }
  }

  get platform(): TabPlatform {
    return {
      join: (name, onMessage) => this.#browser.join(this, name, onMessage),
      lock: (name, how, handlers) => this.#browser.lock(name, how, { tab: this, handlers }),
      isVisible: () => this.isVisible,
      watchLife: (life) => {
        this.#lives.add(life)
        return () => this.#lives.delete(life)
      },
    }
  }

  /** Runs now, when it goes on, or never. */
  run(task: () => unknown): void {
    if (this.#state === 'open') task()
    else if (this.#state === 'frozen') this.#waiting.push(() => void task())
  }

  /** `tells`: as Chromium does; Safari does not. */
  freeze(tells: boolean): void {
    if (this.#state !== 'open') return
    if (tells) for (const life of this.#lives) life.leave()
    this.#told = tells
    this.#state = 'frozen'
  }

  resume(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'open'
    if (this.#told) for (const life of this.#lives) life.comeBack()
    for (const task of this.#waiting.splice(0)) this.run(task)
  }

  /** As a person closes it. */
  close(): void {
    if (this.#state === 'open') for (const life of this.#lives) life.leave()
    this.crash()
  }

  crash(): void {
    this.#state = 'gone'
    this.#waiting = []
    for (const socket of this.sockets) socket.close()
    this.#browser.leave(this)
  }

  readonly #timers: Timers = {
    set: (run, delayMs) => setTimeout(() => this.run(run), delayMs),
    clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout> | undefined),
  }

  #socketClass(): NonNullable<LiveOptions['WebSocketImpl']> {
    return socketClassOf(this)
  }
}

function socketClassOf(tab: BrowserTab): NonNullable<LiveOptions['WebSocketImpl']> {
  return class TabSocket implements LiveSocket {
    readonly #socket: WebSocket

    constructor(url: string, protocols: string[]) {
      this.#socket = new WebSocket(url, protocols)
      tab.sockets.add(this.#socket)
      this.#socket.addEventListener('close', () => tab.sockets.delete(this.#socket))
    }

    send(data: string): void {
      if (tab.isOpen) this.#socket.send(data)
    }

    close(code?: number): void {
      this.#socket.close(code)
    }

    addEventListener(type: string, listener: (event: never) => void): void {
      this.#socket.addEventListener(type, (event) => tab.run(() => listener(event as never)))
    }
  }
}
