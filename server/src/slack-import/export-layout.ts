/**
 * Where things lie in an export: `users.json`, `channels.json`, and a folder for each conversation with a file for each day. A zip
 * that somebody unpacked and packed again may have all of it in one outer folder.
 */
import type { ZipEntry } from './zip-archive.ts'

export class ExportLayout {
  readonly #root: string
  readonly #names: ReadonlySet<string>
  readonly #days = new Map<string, ZipEntry[]>()

  private constructor(root: string, entries: readonly ZipEntry[]) {
    this.#root = root
    this.#names = new Set(entries.map((entry) => entry.name))
    for (const entry of entries) {
      if (!entry.name.startsWith(root)) continue
      const match = DAY_FILE.exec(entry.name.slice(root.length))
      const folder = match?.[1]
      if (folder === undefined) continue
      const days = this.#days.get(folder)
      if (days === undefined) this.#days.set(folder, [entry])
      else days.push(entry)
    }
    // Names are dates, so their order is that of time.
    for (const days of this.#days.values()) days.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Undefined when there is no channels.json. */
  static of(entries: readonly ZipEntry[]): ExportLayout | undefined {
    const lists = entries.map((entry) => entry.name).filter((name) => CHANNEL_LIST.test(name))
    const list = lists.includes('channels.json') ? 'channels.json' : lists.length === 1 ? lists[0] : undefined
    return list === undefined ? undefined : new ExportLayout(list.slice(0, -'channels.json'.length), entries)
  }

  /** The name in the archive of a file at the top of the export, when it is there. */
  topFile(name: string): string | undefined {
    return this.#names.has(this.#root + name) ? this.#root + name : undefined
  }

  /** The files of a conversation's days, in order of time. */
  daysOf(folder: string): readonly ZipEntry[] {
    return this.#days.get(folder) ?? []
  }

  folders(): readonly string[] {
    return [...this.#days.keys()]
  }
}

const CHANNEL_LIST = /^(?:(?!__MACOSX\/)[^/]+\/)?channels\.json$/
const DAY_FILE = /^([^/]+)\/\d{4}-\d{2}-\d{2}\.json$/
