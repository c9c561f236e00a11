/** Texts by name. */
export interface TextStore {
  read(key: string): string | null
  /** Null removes it. */
  write(key: string, value: string | null): void
  /** The names that begin with this. */
  keys(prefix: string): readonly string[]
  /** Calls when another tab has written a name that begins with this. Returns what ends that. */
  watch(prefix: string, onWritten: (key: string) => void): () => void
}

/** What the browser would not take. */
const unkept = new Map<string, string>()

/**
 * What the browser keeps for a person: drafts and messages that were not sent. A browser that keeps nothing (private mode, full
 * storage) is no error: then it lives as long as the page.
 */
export const browserStore: TextStore = {
  read(key) {
    const mine = unkept.get(key)
    if (mine !== undefined) return mine
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  },
  write(key, value) {
    unkept.delete(key)
    try {
      if (value === null) localStorage.removeItem(key)
      else localStorage.setItem(key, value)
    } catch {
      if (value !== null) unkept.set(key, value)
    }
  },
  keys(prefix) {
    const names = new Set(unkept.keys())
    try {
      for (const name of Object.keys(localStorage)) names.add(name)
    } catch {
      // Said above.
    }
    return [...names].filter((name) => name.startsWith(prefix))
  },
  watch(prefix, onWritten) {
    const told = ({ key }: StorageEvent): void => {
      if (key?.startsWith(prefix)) onWritten(key)
    }
    addEventListener('storage', told)
    return () => removeEventListener('storage', told)
  },
}
