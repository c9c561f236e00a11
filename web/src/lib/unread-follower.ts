/**
 * Keeps what is unread live, in the browser.
 *
 * A new message is told by its channel's stream alone. So the streams of the channels with the newest messages are followed, as many as an
 * event stream can carry beside what the page needs; those of the others are looked at once a minute while somebody looks at the page,
 * and when one of them is written in, it is among the newest at the next look.
 *
 * A connection follows each stream once, and the page follows some of them for itself: it takes them over from here (`lend`), tells
 * what they bring (`heard`), and gives them back from where this has counted.
 */
import { UnreadCounts, type LiveConnection, type LiveSubscription } from '@glasshouse/client'
import { channelStream, userStream, type ChangeFrame } from '@glasshouse/contracts'
import type { ChannelId, UserId } from '@glasshouse/kernel'
import { browserApi } from './browser-api.ts'
import type { LiveState, StreamSharer } from './live.svelte.ts'
import type { Unread } from './unread.svelte.ts'

/** An event stream carries 50, for all tabs together: each needs its channel besides, and who types there. */
const FOLLOWED_MAX = 30
/** Between two reads at least. */
const READ_GAP_MS = 1_000
/** When many missed too much at once, as after an outage, they do not read at once. */
const SPREAD_MS = 2_000
/** After a read that failed. */
const RETRY_MS = 5_000
/** How old what is not followed may be, while somebody looks. */
const OTHERS_MS = 60_000

interface FollowerInput {
  readonly live: LiveState
  readonly unread: Unread
  readonly userId: string
}

export class UnreadFollower implements StreamSharer {
  readonly #live: LiveState
  readonly #unread: Unread
  readonly #own: string
  readonly #counts: UnreadCounts
  readonly #followed = new Map<string, LiveSubscription>()
  #connection: LiveConnection | undefined
  #reading = false
  /** Read once at least. */
  #begun = false
  /** One more is wanted than the one that is on its way. */
  #readAgain = false
  #readAtMs = Number.NEGATIVE_INFINITY
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #others: ReturnType<typeof setInterval>
  readonly #endConnection: () => void
  #ended = false

  constructor({ live, unread, userId }: FollowerInput) {
    this.#live = live
    this.#unread = unread
    this.#own = userStream(userId as UserId)
    this.#counts = new UnreadCounts(userId)
    live.sharer = this
    this.#endConnection = live.whileConnected((connection) => {
      this.#connection = connection
      // What the page heard before is in the read that begins now.
      this.#read()
      return () => (this.#connection = undefined)
    })
    this.#others = setInterval(() => this.#look(), OTHERS_MS)
    document.addEventListener('visibilitychange', this.#look)
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    clearInterval(this.#others)
    document.removeEventListener('visibilitychange', this.#look)
    for (const subscription of this.#followed.values()) subscription.unsubscribe()
    this.#endConnection()
    this.#live.sharer = undefined
  }

  lend(stream: string): number | undefined {
    this.#followed.get(stream)?.unsubscribe()
    this.#followed.delete(stream)
    return this.#begun ? this.#countedTo(stream) : undefined
  }

  heard(changes: readonly ChangeFrame[]): void {
    let news = false
    for (const change of changes) news = this.#counts.apply(change) || news
    // A read that is on its way may know what is not known here.
    if (this.#counts.stale && !this.#reading) this.#read()
    if (news) this.#show()
  }

  missed(): void {
    this.#read(Math.random() * SPREAD_MS)
  }

  giveBack(): void {
    // Not at once: the page that comes may take the same one.
    queueMicrotask(() => this.#followAll())
  }

  readonly #look = (): void => {
    if (document.visibilityState !== 'visible' || this.#counts.channels.length <= FOLLOWED_MAX) return
    if (performance.now() - this.#readAtMs >= OTHERS_MS / 2) this.#read()
  }

  #read(spreadMs = 0): void {
    if (this.#reading) {
      this.#readAgain = true
      return
    }
    clearTimeout(this.#timer)
    const waitMs = Math.max(spreadMs, this.#readAtMs + READ_GAP_MS - performance.now())
    if (waitMs > 0) this.#timer = setTimeout(() => void this.#readNow(), waitMs)
    else void this.#readNow()
  }

  async #readNow(): Promise<void> {
    this.#reading = true
    this.#readAgain = false
    this.#readAtMs = performance.now()
    this.#counts.beginRead()
    const read = await browserApi.getUnread()
    this.#reading = false
    if (this.#ended) return
    if (!read.ok) {
      this.#counts.endRead()
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => void this.#readNow(), RETRY_MS)
      return
    }
    this.#counts.replace(read.value)
    this.#begun = true
    this.#followAll()
    this.#show()
    if (this.#readAgain || this.#counts.stale) this.#read()
  }

  /** The own stream, and those of the channels with the newest messages; but what the page follows. */
  #followAll(): void {
    if (this.#ended || !this.#begun) return
    const newest = this.#counts.channels.slice(0, FOLLOWED_MAX)
    const wanted = new Set([this.#own, ...newest.map(({ channel_id: id }) => String(channelStream(id as ChannelId)))])
    for (const [stream, subscription] of this.#followed) {
      if (wanted.has(stream)) continue
      this.#followed.delete(stream)
      subscription.unsubscribe()
    }
    for (const stream of wanted) {
      if (!this.#followed.has(stream) && !this.#live.pageStreams.has(stream)) this.#follow(stream)
    }
  }

  #follow(stream: string): void {
    const after = this.#countedTo(stream)
    const subscription = this.#connection?.subscribe(stream, {
      ...(after === undefined ? {} : { after }),
      onChanges: (changes) => this.heard(changes),
      onReset: () => this.#reset(stream),
      // What one may not read any more is gone from the list with a change of one's own stream.
      onError: () => this.#followed.delete(stream),
    })
    if (subscription) this.#followed.set(stream, subscription)
  }

  /** Too much was missed: where the next read stands, it goes on. */
  #reset(stream: string): void {
    this.#followed.get(stream)?.unsubscribe()
    this.#followed.delete(stream)
    this.#read(Math.random() * SPREAD_MS)
  }

  #countedTo(stream: string): number | undefined {
    return stream === this.#own ? this.#counts.seq : this.#counts.headOf(stream.slice('channel:'.length))
  }

  #show(): void {
    this.#unread.show(this.#counts)
    const { unread, mentions } = this.#counts.total
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    const name = mentions > 0 ? 'favicon-mention.svg' : unread > 0 ? 'favicon-unread.svg' : 'favicon.svg'
    if (icon && !icon.href.endsWith(`/${name}`)) icon.href = icon.href.replace(/favicon[\w-]*\.svg$/, name)
  }
}
