/** Where the id of a live session outlives this page. */
export interface SessionKeeper {
  read(): string | undefined
  /** Undefined forgets it. */
  write(sessionId: string | undefined): void
}

const KEY = 'glasshouse.live_session'

/** Sessions of this page's own connections: two of them must not take each other's. */
const heldHere = new Set<string>()

/**
 * In a browser: the tab's own storage, so that a tab that is loaded again goes on with its session. Undefined elsewhere, and where
 * the browser forbids it. A duplicated tab begins with a copy: whoever is told that a newer socket took the session takes a new one.
 */
export function tabSessionKeeper(): SessionKeeper | undefined {
  const storage = browserStorage('sessionStorage')
  if (storage === undefined) return undefined
  let mine: string | undefined
  return {
    read() {
      const kept = storage.getItem(KEY) ?? undefined
      return kept === undefined || (kept !== mine && heldHere.has(kept)) ? undefined : kept
    },
    write(sessionId) {
      if (mine !== undefined) heldHere.delete(mine)
      if (sessionId !== undefined) {
        heldHere.add(sessionId)
        keep(storage, sessionId)
      } else if (storage.getItem(KEY) === mine) storage.removeItem(KEY)
      mine = sessionId
    },
  }
}

function keep(storage: TabStorage, sessionId: string): void {
  try {
    storage.setItem(KEY, sessionId)
  } catch {
    // It is full: a page that is loaded again begins a new session.
  }
}

/**
 * The session of a connection that tabs share: in a storage of all tabs, for whichever leads next. One is kept at a time, under the name
 * of those who share, which holds the sign-in.
 */
export function sharedSessionKeeper(name: string): SessionKeeper | undefined {
  const storage = browserStorage('localStorage')
  if (storage === undefined) return undefined
  let mine: string | undefined
  const known = (): string | undefined => {
    const kept = storage.getItem(KEY)
    return kept?.startsWith(`${name} `) === true ? kept.slice(name.length + 1) : undefined
  }
  return {
    read: () => (mine = known()),
    write(sessionId) {
      if (sessionId !== undefined) keep(storage, `${name} ${sessionId}`)
      // Whoever leads by now may keep one of its own there.
      else if (mine !== undefined && known() === mine) storage.removeItem(KEY)
      mine = sessionId
    },
  }
}

interface TabStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Typed by what is used, as in wake-events.ts. Node has such storages too, of the whole process: they are no tab's. */
function browserStorage(kind: 'sessionStorage' | 'localStorage'): TabStorage | undefined {
  try {
    const browser = globalThis as { readonly document?: unknown } & { readonly [Kind in typeof kind]?: TabStorage }
    const storage = browser[kind]
    if (browser.document === undefined || storage === undefined) return undefined
    storage.getItem(KEY)
    return storage
  } catch {
    return undefined
  }
}
