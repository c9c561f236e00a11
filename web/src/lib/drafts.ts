import type { Api } from '@glasshouse/client'
import { userOfStream, type ChangeFrame, type Draft } from '@glasshouse/contracts'
import { SvelteMap } from 'svelte/reactivity'
import { browserStore, type TextStore } from './browser-store.ts'
import { draftKey, type DraftPlace } from './draft-key.ts'

/** A field in which a draft is open. */
export interface DraftField {
  /** Shows this text from now on. */
  take(text: string): void
  /** The person is typing just now: nothing must change under their hands. */
  isBusy(): boolean
}

/** What the server had when this browser and it agreed last. */
interface Base extends DraftPlace {
  readonly text: string
  readonly version: number
  /** Sent to the server, and not answered yet as far as this browser knows. */
  readonly pushed?: string
}

interface Stored {
  readonly text: string
  readonly version: number
}

export interface DraftsOptions {
  readonly userId: string
  readonly api: Pick<Api, 'listDrafts' | 'putDraft'>
  readonly store?: TextStore
  /** How long typing must rest. */
  readonly restMs?: number
}

const REST_MS = 800
const RETRY_MS = 5_000
const NOTHING: Stored = { text: '', version: 0 }

/**
 * Keeps what is typed here and what other devices have of it the same. The browser's own copy comes first: it is written with each key,
 * outlives a crash, and is what a field shows. Beside it stands what the server had when both agreed last; so it can be told who has
 * changed what since:
 *
 * - only here: the text goes to the server, once typing rests, one request at a time for each place;
 * - only there: the text is taken, as soon as nobody types in its field;
 * - both: nothing is replaced. The other text is shown beside the field, until the person has chosen.
 */
export class Drafts {
  readonly #options: Required<DraftsOptions>
  readonly #fields = new Map<string, DraftField>()
  readonly #server = new Map<string, Stored>()
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  readonly #underWay = new Set<string>()
  #loaded = false
  /** The channel of each place that has a text, by the key of the place. */
  readonly #written = new SvelteMap<string, string>()
  readonly #theirs = new SvelteMap<string, string>()

  constructor(options: DraftsOptions) {
    this.#options = { store: browserStore, restMs: REST_MS, ...options }
  }

  /** Whether something is written and not sent in the channel or its threads. */
  isIn(channelId: string): boolean {
    return [...this.#written.values()].includes(channelId)
  }

  /** What was written elsewhere while something else was written here. */
  theirs(place: DraftPlace): string | undefined {
    return this.#theirs.get(this.#key(place))
  }

  /** Reads what the server has, and goes on from there. Returns what ends it. */
  start(): () => void {
    const unwatch = this.#options.store.watch(this.#prefix('draft'), (key) => this.#heardOfTab(key))
    void this.load()
    return () => {
      unwatch()
      for (const timer of this.#timers.values()) clearTimeout(timer)
      this.#timers.clear()
      this.#loaded = false
    }
  }

  /** Reads all of them anew, and tries again what could not be sent. */
  async load(): Promise<void> {
    const list = await this.#options.api.listDrafts()
    if (!list.ok) return
    const { items, seq, stream } = list.value
    // Somebody else has signed in in another tab: what they write is theirs.
    if (userOfStream(stream) !== this.#options.userId) return
    for (const [key, { version }] of this.#server) if (version <= seq) this.#server.set(key, { text: '', version })
    for (const item of items) this.#heard(item)
    this.#loaded = true
    const bases = this.#options.store.keys(this.#prefix('draft-base')).flatMap((key) => this.#readBase(key) ?? [])
    for (const place of [...bases, ...items.map(placeOf)]) this.#sync(place)
  }

  /** Changes of the person's own stream. */
  apply(changes: readonly ChangeFrame[]): void {
    for (const change of changes) {
      if (change.type !== 'draft_changed') continue
      this.#heard(change)
      this.#sync(placeOf(change))
    }
  }

  /** The draft is open here. Returns what ends that. */
  attach(place: DraftPlace, field: DraftField): () => void {
    const key = this.#key(place)
    this.#fields.set(key, field)
    this.#sync(place)
    return () => {
      if (this.#fields.get(key) === field) this.#fields.delete(key)
      this.#sync(place)
    }
  }

  /** The browser's copy was changed. `now`: typing is over. */
  edited(place: DraftPlace, now = false): void {
    this.#mark(place)
    if (now) this.#sync(place)
    else this.#later(place, this.#options.restMs)
  }

  takeTheirs(place: DraftPlace): void {
    const key = this.#key(place)
    const stored = this.#server.get(key) ?? NOTHING
    this.#write(place, stored.text)
    this.#agree(place, stored)
    this.#fields.get(key)?.take(stored.text)
  }

  /** What is written here takes the place of what was written elsewhere, which the person has seen. */
  keepMine(place: DraftPlace): void {
    this.#agree(place, this.#server.get(this.#key(place)) ?? NOTHING)
    this.#sync(place)
  }

  #sync(place: DraftPlace): void {
    const key = this.#key(place)
    this.#mark(place)
    if (!this.#loaded || this.#underWay.has(key)) return
    clearTimeout(this.#timers.get(key))
    this.#timers.delete(key)
    const mine = this.#options.store.read(key) ?? ''
    const base = this.#readBase(this.#baseKey(place)) ?? { ...NOTHING, pushed: undefined }
    const stored = this.#server.get(key) ?? NOTHING
    if (mine === stored.text) return this.#agree(place, stored)
    const isNews = stored.version !== base.version && stored.text !== base.pushed
    if (mine === base.text || (mine === '' && isNews && stored.text !== '')) {
      const field = this.#fields.get(key)
      if (field?.isBusy()) return this.#later(place, this.#options.restMs)
      this.#write(place, stored.text)
      this.#agree(place, stored)
      return field?.take(stored.text)
    }
    if (isNews && stored.text !== '' && stored.text !== base.text) {
      this.#theirs.set(key, stored.text)
      return
    }
    this.#theirs.delete(key)
    void this.#push(place, mine, stored)
  }

  async #push(place: DraftPlace, text: string, follows: Stored): Promise<void> {
    const key = this.#key(place)
    const { api, store } = this.#options
    this.#underWay.add(key)
    this.#writeBase({ ...place, ...follows, pushed: text })
    const thread = place.threadId === undefined ? {} : { thread_id: place.threadId }
    const body = { content: text, version: follows.version, ...thread }
    const put = await api.putDraft({ params: { channel_id: place.channelId }, body })
    this.#underWay.delete(key)
    if (put.ok) {
      this.#heard(put.value)
      this.#agree(place, { text, version: put.value.version })
      // More was typed meanwhile, or another device was faster.
      const isNewer = (this.#server.get(key)?.version ?? 0) > put.value.version
      if (isNewer || (store.read(key) ?? '') !== text) this.#sync(place)
    } else if (put.error.code === 'draft.changed') await this.load()
    else if (mayPass(put.error.status)) this.#later(place, put.error.retryAfterMs ?? RETRY_MS)
  }

  #heard({ content, version, ...at }: Draft): void {
    const key = this.#key(placeOf(at))
    if (version >= (this.#server.get(key)?.version ?? 0)) this.#server.set(key, { text: content, version })
  }

  /** Another tab of this browser has written there. */
  #heardOfTab(key: string): void {
    const field = this.#fields.get(key)
    if (field && !field.isBusy()) field.take(this.#options.store.read(key) ?? '')
  }

  #later(place: DraftPlace, delayMs: number): void {
    const key = this.#key(place)
    clearTimeout(this.#timers.get(key))
    this.#timers.set(
      key,
      setTimeout(() => this.#sync(place), delayMs),
    )
  }

  #agree(place: DraftPlace, stored: Stored): void {
    this.#theirs.delete(this.#key(place))
    this.#writeBase({ ...place, ...stored })
    this.#mark(place)
  }

  #mark(place: DraftPlace): void {
    const key = this.#key(place)
    const text = this.#options.store.read(key) ?? ''
    if (text.trim() !== '' || this.#theirs.has(key)) this.#written.set(key, place.channelId)
    else this.#written.delete(key)
  }

  #write(place: DraftPlace, text: string): void {
    this.#options.store.write(this.#key(place), text === '' ? null : text)
  }

  #key(place: DraftPlace): string {
    return draftKey(this.#options.userId, place)
  }

  #prefix(what: 'draft' | 'draft-base'): string {
    return `glasshouse:${what}:${this.#options.userId}:`
  }

  #baseKey({ channelId, threadId }: DraftPlace): string {
    return this.#prefix('draft-base') + (threadId ?? channelId)
  }

  #readBase(key: string): Base | undefined {
    try {
      const read: unknown = JSON.parse(this.#options.store.read(key) ?? 'null')
      return isBase(read) ? read : undefined
    } catch {
      return undefined
    }
  }

  #writeBase({ channelId, threadId, text, version, pushed }: Base): void {
    const thread = threadId === undefined ? {} : { threadId }
    const base = { channelId, ...thread, text, version, ...(pushed === undefined ? {} : { pushed }) }
    // Without any text there is nothing to remember.
    const isNothing = text === '' && pushed === undefined
    this.#options.store.write(this.#baseKey(base), isNothing ? null : JSON.stringify(base))
  }
}

function placeOf({ channel_id, thread_id }: Pick<Draft, 'channel_id' | 'thread_id'>): DraftPlace {
  return { channelId: channel_id, ...(thread_id === undefined ? {} : { threadId: thread_id }) }
}

/** No answer, too fast, or a server that cannot just now. */
function mayPass(status: number): boolean {
  return status === 0 || status === 429 || status >= 500
}

function isBase(value: unknown): value is Base {
  if (typeof value !== 'object' || value === null) return false
  const { channelId, threadId, text, version, pushed } = value as Partial<Record<keyof Base, unknown>>
  return (
    typeof channelId === 'string' &&
    (threadId === undefined || typeof threadId === 'string') &&
    typeof text === 'string' &&
    typeof version === 'number' &&
    (pushed === undefined || typeof pushed === 'string')
  )
}
