import {
  channelStream,
  placeOfTypingStream,
  type Caller,
  type StreamName,
  type TypingFrame,
} from '@glasshouse/contracts'
import { assert } from '@glasshouse/kernel'
import type { EncodedFrame } from '../domain/fan-out.ts'
import type { EncodeFrame } from './ports.ts'
import type { EndsWatch } from './read-changes.ts'

/** A connection on whose screen a place is. */
export interface TypingWatcher {
  /** Undefined: a visitor. */
  readonly caller: Caller | undefined
  /** Somebody else types there. */
  typing(stream: StreamName, frame: EncodedFrame): void
  /** Whether it may watch this still must be asked again. */
  askAgain(stream: StreamName): void
  /** It may watch this no longer. */
  watchEnded(stream: StreamName): void
}

/**
 * Who hears of typing in a place. Nothing is kept, ordered or counted: a frame is encoded once and handed to whoever watches now, but
 * for the windows of the person who types.
 */
export class TypingStreams {
  readonly #encode: EncodeFrame
  /** By channel first: what ends the watch of a channel ends that of its threads. */
  readonly #channels = new Map<StreamName, Places>()

  constructor(encode: EncodeFrame) {
    this.#encode = encode
  }

  /** Channels in which somebody watches. */
  get size(): number {
    return this.#channels.size
  }

  watch(stream: StreamName, watcher: TypingWatcher): void {
    const channel = channelOf(stream)
    const places: Places = this.#channels.get(channel) ?? {
      watchers: new Map<StreamName, Set<TypingWatcher>>(),
      heardThrough: 0,
    }
    this.#channels.set(channel, places)
    const watchers = places.watchers.get(stream) ?? new Set<TypingWatcher>()
    places.watchers.set(stream, watchers.add(watcher))
  }

  unwatch(stream: StreamName, watcher: TypingWatcher): void {
    const channel = channelOf(stream)
    const places = this.#channels.get(channel)
    const watchers = places?.watchers.get(stream)
    watchers?.delete(watcher)
    if (watchers?.size === 0) places?.watchers.delete(stream)
    if (places?.watchers.size === 0) this.#channels.delete(channel)
  }

  typing(frame: TypingFrame): void {
    const stream = frame.stream as StreamName
    const watchers = this.#channels.get(channelOf(stream))?.watchers.get(stream)
    if (watchers === undefined) return
    const encoded = this.#encode(frame)
    for (const watcher of watchers) {
      if (watcher.caller?.userId !== frame.user_id) watcher.typing(stream, encoded)
    }
  }

  /** A change of a channel was announced; one that ends the watch of some ends that of its typing too. */
  changed(channel: StreamName, seq: number, ends: EndsWatch): void {
    const places = this.#channels.get(channel)
    if (places === undefined) return
    places.heardThrough = Math.max(places.heardThrough, seq)
    if (ends === undefined) return
    for (const [stream, watchers] of places.watchers) {
      for (const watcher of watchers) if (ends(watcher.caller)) watcher.watchEnded(stream)
    }
  }

  /** A channel has a change that was not announced here: it may have ended the watch of any. */
  advanced(channel: StreamName, head: number): void {
    const places = this.#channels.get(channel)
    if (places === undefined || head <= places.heardThrough) return
    places.heardThrough = head
    for (const [stream, watchers] of places.watchers) for (const watcher of watchers) watcher.askAgain(stream)
  }
}

/** The places of one channel in which somebody watches: the channel itself, and threads. */
interface Places {
  readonly watchers: Map<StreamName, Set<TypingWatcher>>
  /** All changes of the channel up to here were announced, or permission was asked again since. */
  heardThrough: number
}

function channelOf(stream: StreamName): StreamName {
  const place = placeOfTypingStream(stream)
  assert(place !== undefined, `${stream} is a stream of typing`)
  return channelStream(place.channelId)
}
