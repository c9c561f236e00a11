import type { Duplex } from 'node:stream'

/**
 * Writes to a raw socket, one write at a time: while the system has not taken one, nothing more is written (see
 * domain/send-queue.ts). What is written is a whole number of frames, so the socket's order is all that keeps them apart.
 */
export class SocketWriter {
  readonly #socket: Duplex
  readonly #onWritten: () => void
  /** Writes whose callback is still to come. */
  #pendingWrites = 0
  #blocked = false

  /** `written` is called when what was not taken at once is gone. */
  constructor(socket: Duplex, written: () => void) {
    this.#socket = socket
    this.#onWritten = () => {
      if (--this.#pendingWrites > 0 || !this.#blocked) return
      this.#blocked = false
      written()
    }
  }

  /** Whether the system has taken all of it. */
  write(bytes: Uint8Array): boolean {
    if (this.#socket.destroyed) return true
    this.#pendingWrites++
    this.#socket.write(bytes, this.#onWritten)
    // Node hands a write to the system at once when it can: then nothing is left in the socket's own buffer.
    this.#blocked = this.#socket.writableLength > 0
    return !this.#blocked
  }
}
