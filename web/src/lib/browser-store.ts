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

/**
 * What the browser keeps for a person: drafts and messages that were not sent. A browser that keeps nothing (private mode, full
 * storage) is no error: then it lives as long as the page.
 */
export const browserStore: TextStore = {
  read(key) {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  },
  write(key, value) {
    try {
      if (value === null) localStorage.removeItem(key)
      else localStorage.setItem(key, value)
    } catch {
      // Said above.
    }
  },
  keys(prefix) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix))
    } catch {
      return []
    }
  },
  watch(prefix, onWritten) {
    const told = ({ key }: StorageEvent): void => {
      if (key?.startsWith(prefix)) onWritten(key)
    }
    addEventListener('storage', told)
    return () => removeEventListener('storage', told)
  },
}
