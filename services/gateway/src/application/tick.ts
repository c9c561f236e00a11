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

/**
 * The end of a turn of the event loop, when all that was collected in it goes out: first every stream hands its blocks to its
 * members' connections, then every connection writes once. Nothing is scheduled while there is nothing to send.
 */
export class Tick {
  readonly #streams = new Set<TickStream>()
  #connections: TickConnection[] = []
  #scheduled = false

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

  run(): void {
    this.#scheduled = false
    for (const stream of this.#streams) stream.collect()
    this.#streams.clear()
    const connections = this.#connections
    this.#connections = []
    const shared = { web_socket: new SharedConcatenation(), event_stream: new SharedConcatenation() }
    for (const connection of connections) connection.flush(shared[connection.wireKind])
    // Collecting and writing may have queued more (`lagged`): it goes out in the next turn, which `#schedule` has arranged.
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.run())
  }
}
