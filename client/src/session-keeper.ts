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
  const storage = tabStorage()
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

interface TabStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Typed by what is used, as in wake-events.ts. Node has a `sessionStorage` too, of the whole process: it is no tab's. */
function tabStorage(): TabStorage | undefined {
  try {
    const { document, sessionStorage } = globalThis as {
      readonly document?: unknown
      readonly sessionStorage?: TabStorage
    }
    if (document === undefined || sessionStorage === undefined) return undefined
    sessionStorage.getItem(KEY)
    return sessionStorage
  } catch {
    return undefined
  }
}
