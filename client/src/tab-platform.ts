/** What sharing needs of a browser: tabs that hear each other, and a lock that ends with its tab. */
import type { TabId, TabMessage } from './tab-messages.ts'

export interface TabBus {
  readonly id: TabId
  /** To one tab or to all others. From one tab to one other the messages come in order; to a tab that is gone they go nowhere. */
  post(to: TabId | 'all', message: TabMessage): void
  /** Nothing more is going to be posted to this tab. */
  forget(tab: TabId): void
  close(): void
}

export interface LockHandlers {
  /** Until it is released, lost, or the tab is gone, nobody else has it. */
  onHeld(): void
  /** Another tab has taken it. */
  onLost(): void
}

export interface TabLife {
  leave(): void
  comeBack(): void
}

export interface TabPlatform {
  join(name: string, onMessage: (message: TabMessage, from: TabId) => void): TabBus
  /** Waits for the lock, or takes it from whoever has it. Returns what ends the wait, or releases it. */
  lock(name: string, how: 'wait' | 'take', handlers: LockHandlers): () => void
  /** Whether somebody may be looking at this tab. */
  isVisible(): boolean
  /**
   * Calls `leave` when the page goes away or is about to be frozen, and `comeBack` when it goes on after that. Not every browser that
   * freezes says so. Returns what ends it.
   */
  watchLife(life: TabLife): () => void
}

/**
 * Web Locks and BroadcastChannel. Undefined outside of a browser, and in one that lacks either: Web Locks are there over https and on
 * localhost only.
 */
export function browserTabs(): TabPlatform | undefined {
  const {
    document,
    navigator,
    BroadcastChannel: Channel,
    addEventListener,
    removeEventListener,
  } = globalThis as Browser
  const locks = navigator?.locks
  if (document === undefined || locks === undefined || Channel === undefined) return undefined
  return {
    join: (name, onMessage) => joinBus(Channel, name, onMessage),
    lock: (name, how, handlers) => holdLock(locks, { name, how }, handlers),
    isVisible: () => document.visibilityState === 'visible',
    watchLife(life) {
      const leave = (): void => life.leave()
      const comeBack = (): void => life.comeBack()
      addEventListener?.('pagehide', leave)
      addEventListener?.('pageshow', comeBack)
      document.addEventListener('freeze', leave)
      document.addEventListener('resume', comeBack)
      return () => {
        removeEventListener?.('pagehide', leave)
        removeEventListener?.('pageshow', comeBack)
        document.removeEventListener('freeze', leave)
        document.removeEventListener('resume', comeBack)
      }
    },
  }
}

/** Each tab has a channel of its own to be spoken to, so that nobody unpacks what is for another; and there is one for all. */
function joinBus(Channel: ChannelClass, name: string, onMessage: (message: TabMessage, from: TabId) => void): TabBus {
  const id = crypto.randomUUID() as TabId
  const open = (to: string): Channel => new Channel(`${name}/${to}`)
  const heard = [open('all'), open(id)]
  const spokenTo = new Map<TabId, Channel>()
  const [all] = heard
  for (const channel of heard) {
    channel.addEventListener('message', ({ data }) => {
      const { from, message } = data as { from: TabId; message: TabMessage }
      onMessage(message, from)
    })
  }
  return {
    id,
    post(to, message) {
      let channel = to === 'all' ? all : spokenTo.get(to)
      if (channel === undefined) {
        channel = open(to)
        if (to !== 'all') spokenTo.set(to, channel)
      }
      channel.postMessage({ from: id, message })
    },
    forget(tab) {
      spokenTo.get(tab)?.close()
      spokenTo.delete(tab)
    },
    close() {
      for (const channel of [...heard, ...spokenTo.values()]) channel.close()
      spokenTo.clear()
    },
  }
}

function holdLock(
  locks: Locks,
  { name, how }: { readonly name: string; readonly how: 'wait' | 'take' },
  handlers: LockHandlers,
): () => void {
  const waiting = new AbortController()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  let ended = false
  let held = false
  const hold = (): Promise<void> | undefined => {
    if (ended) return undefined
    held = true
    handlers.onHeld()
    return released
  }
  const asked = locks.request(name, how === 'take' ? { steal: true } : { signal: waiting.signal }, hold)
  asked.catch(() => {
    if (ended) return
    // A browser that has locks and gives none (a sandboxed page): a connection of one's own is better than none.
    if (held) handlers.onLost()
    else handlers.onHeld()
  })
  return () => {
    ended = true
    release()
    waiting.abort()
  }
}

interface Channel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  close(): void
}
type ChannelClass = new (name: string) => Channel

interface Locks {
  request(
    name: string,
    options: { readonly steal?: true; readonly signal?: AbortSignal },
    hold: () => Promise<void> | undefined,
  ): Promise<unknown>
}

interface Events {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

/** Typed by what is used, as in wake-events.ts. */
interface Browser extends Partial<Events> {
  readonly document?: Events & { readonly visibilityState: string }
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: ChannelClass
}
