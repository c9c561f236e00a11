import type { Api } from '@glasshouse/client'
import { userOfStream, type ChangeFrame, type Draft } from '@glasshouse/contracts'
import { SvelteMap, SvelteSet } from 'svelte/reactivity'
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
  /** Sent to the server since, and not answered as far as this browser knows: any of them may be what it has now. */
  readonly pushed: readonly string[]
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
/** Of one place; beyond, the first ones and the last. */
const PUSHED_MAX = 4
/** So many places without a text are remembered, with the version in which they were emptied. */
const EMPTIED_MAX = 100
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
  /** The place in the person's stream of the last list: it tells all that came before. */
  #listSeq = 0
  /** The channel of each place that has a text, by the key of the place. */
  readonly #written = new SvelteMap<string, string>()
  readonly #theirs = new SvelteMap<string, string>()
  readonly #refused = new SvelteSet<string>()

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

  /** The server has as many drafts as it keeps: this one is on this device alone. */
  isHereAlone(place: DraftPlace): boolean {
    return this.#refused.has(this.#key(place))
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
    if (seq < this.#listSeq) return
    for (const [key, { version }] of this.#server) if (version <= seq) this.#server.delete(key)
    for (const item of items) {
      const key = this.#key(placeOf(item))
      // What came since is newer.
      if (!this.#server.has(key)) this.#server.set(key, { text: item.content, version: item.version })
    }
    this.#listSeq = seq
    this.#loaded = true
    const bases = this.#options.store.keys(this.#prefix('draft-base')).flatMap((key) => this.#readBase(key) ?? [])
    this.#forgetEmptied(bases)
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

  /** What the server has of this place, for a send that empties it; undefined where it has nothing, as far as is known here. */
  versionOf(place: DraftPlace): number | undefined {
    const base = this.#readBase(this.#baseKey(place))
    return base === undefined || (base.text === '' && base.pushed.length === 0) ? undefined : base.version
  }

  takeTheirs(place: DraftPlace): void {
    const key = this.#key(place)
    const stored = this.#stored(key)
    this.#write(place, stored.text)
    this.#agree(place, stored)
    this.#fields.get(key)?.take(stored.text)
  }

  /** What is written here takes the place of what was written elsewhere, which the person has seen. */
  keepMine(place: DraftPlace): void {
    this.#agree(place, this.#stored(this.#key(place)))
    this.#sync(place)
  }

  #sync(place: DraftPlace): void {
    const key = this.#key(place)
    this.#mark(place)
    if (!this.#loaded || this.#underWay.has(key)) return
    clearTimeout(this.#timers.get(key))
    this.#timers.delete(key)
    const mine = this.#options.store.read(key) ?? ''
    if (mine === '') this.#refused.delete(key)
    const known = this.#readBase(this.#baseKey(place))
    const base: Base = known ?? { ...place, ...NOTHING, pushed: [] }
    const heard = this.#stored(key)
    // Another tab has agreed with the server on something newer than this page has heard of.
    const stored = heard.version < base.version ? { text: base.text, version: base.version } : heard
    const isNews = stored.version > base.version && !base.pushed.includes(stored.text)
    // While an older text of this browser may still be on its way there, that the texts are the same does not mean that they stay so.
    if (mine === stored.text && (base.pushed.length === 0 || stored.version > base.version)) {
      this.#theirs.delete(key)
      // A place in which nobody has written is nothing to remember.
      return known === undefined && mine === '' ? undefined : this.#agree(place, stored)
    }
    if (isNews && (mine === base.text || (mine === '' && stored.text !== ''))) {
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
    const earlier = this.#unanswered(place, follows)
    const kept = earlier.slice(0, PUSHED_MAX - 1)
    this.#writeBase({ ...place, ...follows, pushed: [...kept, text] })
    const thread = place.threadId === undefined ? {} : { thread_id: place.threadId }
    const body = { content: text, version: follows.version, ...thread }
    const put = await api.putDraft({ params: { channel_id: place.channelId }, body })
    this.#underWay.delete(key)
    if (put.ok) {
      this.#heard(put.value)
      this.#refused.delete(key)
      // Another tab may have gone on meanwhile.
      const { version = 0 } = this.#readBase(this.#baseKey(place)) ?? {}
      if (version === follows.version || version <= put.value.version) {
        this.#agree(place, { text, version: put.value.version })
      }
      // More was typed meanwhile, or another device was faster.
      const isNewer = (this.#server.get(key)?.version ?? 0) > put.value.version
      if (isNewer || (store.read(key) ?? '') !== text) this.#sync(place)
    } else if (mayPass(put.error.status)) this.#later(place, put.error.retryAfterMs ?? RETRY_MS)
    else {
      // It did not get there. What it followed is not what the server has, when another device was faster.
      const isOutdated = put.error.code === 'draft.changed'
      const version = isOutdated ? 0 : follows.version
      this.#writeBase({ ...place, text: follows.text, version, pushed: earlier })
      if (put.error.code === 'draft.too_many') this.#refused.add(key)
      if (!isOutdated) return
      await this.load()
      this.#later(place, this.#options.restMs)
    }
  }

  /** What was sent before, unless the server has gone on since. */
  #unanswered(place: DraftPlace, { version }: Stored): readonly string[] {
    const base = this.#readBase(this.#baseKey(place))
    return base?.version === version ? base.pushed : []
  }

  /** What the server has, as far as this page has heard. */
  #stored(key: string): Stored {
    return this.#server.get(key) ?? { text: '', version: this.#listSeq }
  }

  #forgetEmptied(bases: readonly Base[]): void {
    const emptied = bases.filter(({ text, pushed }) => text === '' && pushed.length === 0)
    const old = emptied.toSorted((a, b) => b.version - a.version).slice(EMPTIED_MAX)
    for (const place of old) this.#options.store.write(this.#baseKey(place), null)
  }

  #heard({ content, version, ...at }: Draft): void {
    const key = this.#key(placeOf(at))
    if (version >= this.#stored(key).version) this.#server.set(key, { text: content, version })
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
    this.#writeBase({ ...place, ...stored, pushed: [] })
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
    const base: Base = { channelId, ...thread, text, version, pushed }
    // An emptied one is remembered by its version: what is older must not come back.
    const isNothing = text === '' && version === 0 && pushed.length === 0
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
    Array.isArray(pushed) &&
    pushed.every((each) => typeof each === 'string')
  )
}
