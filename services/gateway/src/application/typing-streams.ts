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

/** A connection on whose screen a place is. */
export interface TypingWatcher {
  /** Undefined: a visitor. */
  readonly caller: Caller | undefined
  /** Somebody else types there. */
  typing(stream: StreamName, frame: EncodedFrame): void
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
  readonly #channels = new Map<StreamName, Map<StreamName, Set<TypingWatcher>>>()

  constructor(encode: EncodeFrame) {
    this.#encode = encode
  }

  /** Channels in which somebody watches. */
  get size(): number {
    return this.#channels.size
  }

  watch(stream: StreamName, watcher: TypingWatcher): void {
    const channel = channelOf(stream)
    const places = this.#channels.get(channel) ?? new Map<StreamName, Set<TypingWatcher>>()
    const watchers = places.get(stream) ?? new Set()
    this.#channels.set(channel, places.set(stream, watchers.add(watcher)))
  }

  unwatch(stream: StreamName, watcher: TypingWatcher): void {
    const channel = channelOf(stream)
    const places = this.#channels.get(channel)
    const watchers = places?.get(stream)
    watchers?.delete(watcher)
    if (watchers?.size === 0) places?.delete(stream)
    if (places?.size === 0) this.#channels.delete(channel)
  }

  typing(frame: TypingFrame): void {
    const stream = frame.stream as StreamName
    const watchers = this.#channels.get(channelOf(stream))?.get(stream)
    if (watchers === undefined) return
    const encoded = this.#encode(frame)
    for (const watcher of watchers) {
      if (watcher.caller?.userId !== frame.user_id) watcher.typing(stream, encoded)
    }
  }

  /** A change of a channel ends the watch of some: that of its typing too. */
  ended(channel: StreamName, ends: (caller: Caller | undefined) => boolean): void {
    for (const [stream, watchers] of this.#channels.get(channel) ?? []) {
      for (const watcher of watchers) if (ends(watcher.caller)) watcher.watchEnded(stream)
    }
  }
}

function channelOf(stream: StreamName): StreamName {
  const place = placeOfTypingStream(stream)
  assert(place !== undefined, `${stream} is a stream of typing`)
  return channelStream(place.channelId)
}
