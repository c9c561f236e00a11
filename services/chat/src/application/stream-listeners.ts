import type { ChangeFrame, StreamName } from '@glasshouse/contracts'
import type { StreamAdvance } from './ports.ts'

export type ChangeListener = (change: ChangeFrame) => void
export type AdvanceListener = (stream: StreamName, head: number) => void

/**
 * Two ways by which watchers hear of a stream. `change` is the short cut: what this process has committed, whole, in order.
 * `advance` is the sure way: that a stream has moved, told by the outbox relay at least once, also of what another process has written
 * and of what a crash kept from the short cut. A watcher compares it with what it has, and reads the difference.
 *
 * A listener's fault must not keep a sender from the answer: it is logged, and the others hear the change.
 */
export class StreamListeners {
  readonly #onChange = new Set<ChangeListener>()
  readonly #onAdvance = new Set<AdvanceListener>()
  readonly #log: (line: string) => void

  constructor(log: (line: string) => void) {
    this.#log = log
  }

  get wantsChanges(): boolean {
    return this.#onChange.size > 0
  }

  onChange(listener: ChangeListener): () => void {
    this.#onChange.add(listener)
    return () => this.#onChange.delete(listener)
  }

  onAdvance(listener: AdvanceListener): () => void {
    this.#onAdvance.add(listener)
    return () => this.#onAdvance.delete(listener)
  }

  change(change: ChangeFrame): void {
    for (const listener of this.#onChange) this.#tell(() => listener(change))
  }

  /** Once for each stream, with the highest of its heads. */
  advanced(advances: readonly StreamAdvance[]): void {
    const heads = new Map<StreamName, number>()
    for (const { stream, head } of advances) heads.set(stream, Math.max(head, heads.get(stream) ?? 0))
    for (const [stream, head] of heads) {
      for (const listener of this.#onAdvance) this.#tell(() => listener(stream, head))
    }
  }

  #tell(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#log(`a listener to a stream failed: ${String(error)}`)
    }
  }
}
