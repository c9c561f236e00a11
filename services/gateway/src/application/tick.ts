import type { Clock } from '@glasshouse/kernel'
import { SharedConcatenation, type WireKind } from '../domain/fan-out.ts'

/** A stream with frames to hand out. */
export interface TickStream {
  collect(): void
}

/** A connection with blocks to write. */
export interface TickConnection {
  readonly wireKind: WireKind
  flush(shared: SharedConcatenation): void
}

/** The clock is looked at after so many writes. */
const WRITES_PER_LOOK = 16

/**
 * The end of a turn of the event loop, when all that was collected in it goes out: first every stream hands its blocks to its
 * members' connections, then every connection writes once. Nothing is scheduled while there is nothing to send.
 *
 * Ten thousand writes take a tenth of a second, in which nobody else would be heard: so they are made in slices of `sliceMs`, and the event
 * loop turns between two. What comes meanwhile for a connection that has not written yet goes out with its one write.
 */
export class Tick {
  readonly #clock: Clock
  readonly #sliceMs: number
  readonly #streams = new Set<TickStream>()
  #connections: TickConnection[] = []
  readonly #shared: Readonly<Record<WireKind, SharedConcatenation>> = {
    web_socket: new SharedConcatenation(),
    event_stream: new SharedConcatenation(),
  }
  #scheduled = false

  constructor(clock: Clock, sliceMs: number) {
    this.#clock = clock
    this.#sliceMs = sliceMs
  }

  /** The stream published its first frame of this tick. */
  streamHasFrames(stream: TickStream): void {
    this.#streams.add(stream)
    this.#schedule()
  }

  /** The connection was handed its first block of this tick. */
  connectionHasBlocks(connection: TickConnection): void {
    this.#connections.push(connection)
    this.#schedule()
  }

  /** Streams hand over what they have; a connection that cannot wait for its turn may then write it by itself. */
  collect(): void {
    for (const stream of this.#streams) stream.collect()
    this.#streams.clear()
  }

  run(): void {
    this.#scheduled = false
    this.collect()
    const untilMs = this.#clock.monotonicMs() + this.#sliceMs
    // Writing may queue more (`lagged`): its connection stands at the end of the line.
    let written = 0
    while (written < this.#connections.length) {
      const connection = this.#connections[written++]
      connection?.flush(this.#shared[connection.wireKind])
      if (written % WRITES_PER_LOOK === 0 && this.#clock.monotonicMs() >= untilMs) break
    }
    this.#connections.splice(0, written)
    if (this.#connections.length > 0) this.#schedule()
    else for (const shared of Object.values(this.#shared)) shared.forget()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.run())
  }
}
