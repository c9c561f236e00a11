/** What an import did, for its last lines in the terminal. Every list is bounded. */
export interface ImportReport {
  /** `slack:<team id>`: what the imported people and channels are known by, so that a second run finds them. */
  readonly source: string
  /** It was stopped before its end. What came in is whole; running it again goes on. */
  readonly stopped: boolean
  readonly people: { readonly inExport: number; readonly fromMessages: number; readonly bots: number }
  readonly channels: readonly ImportedChannelReport[]
  readonly messages: { readonly inserted: number; readonly known: number }
  readonly leftOut: LeftOut
  readonly changed: Changed
  /** The first PROBLEMS_LISTED_MAX of `count`. */
  readonly problems: { readonly count: number; readonly first: readonly ImportProblem[] }
  readonly durationMs: number
}

export interface ImportedChannelReport {
  readonly slackName: string
  /** Differs from `slackName` when that was taken. */
  readonly name: string
  readonly inserted: number
  readonly known: number
}

export interface LeftOut {
  /** Messages by kind: notes of Slack's own, such as who joined. */
  readonly messages: readonly { readonly kind: string; readonly count: number }[]
  /** Conversations that are not public. */
  readonly conversations: readonly {
    readonly kind: ConversationKind
    readonly count: number
    readonly dayFiles: number
  }[]
  /** Files that are named in their messages, without their content. */
  readonly files: number
}

export type ConversationKind = 'private channel' | 'group conversation' | 'direct conversation'

/** What came in otherwise than it was. */
export interface Changed {
  /** Replies whose first message is not in the export: they came in as ordinary messages. */
  readonly repliesWithoutRoot: number
  readonly cutMessages: number
  /** Different messages of one channel with one time: their ids got `#2`, `#3`, ... in their order. */
  readonly messagesOfOneTime: number
  /** Members of channels who are not among the export's people. */
  readonly unknownMembers: number
}

export interface ImportProblem {
  /** Its path within the zip. */
  readonly file: string
  /** From 1; undefined when the file as a whole is meant. */
  readonly line: number | undefined
  readonly what: string
}

const PROBLEMS_LISTED_MAX = 100

/** Keeps the first problems and counts all. The line is asked for only when it is kept, since finding it reads the file again. */
export class ProblemList {
  readonly #first: ImportProblem[] = []
  #count = 0

  add(file: string, what: string, line?: () => number): void {
    this.#count++
    if (this.#first.length < PROBLEMS_LISTED_MAX) this.#first.push({ file, line: line?.(), what })
  }

  /** By files in the order in which they were read, and by lines within a file. */
  result(): ImportReport['problems'] {
    const byFile = Map.groupBy(this.#first, (problem) => problem.file)
    const first = [...byFile.values()].flatMap((problems) => problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)))
    return { count: this.#count, first }
  }
}

const KINDS_MAX = 100
const OTHER_KINDS = 'other kinds'

/** Counts by names that come from the export, so there may be many of them: over a bound the rest is counted together. */
export class KindCounter {
  readonly #counts = new Map<string, number>()

  add(kind: string): void {
    const counted = this.#counts.has(kind) || this.#counts.size < KINDS_MAX ? kind : OTHER_KINDS
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1)
  }

  result(): { kind: string; count: number }[] {
    return [...this.#counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count)
  }
}
