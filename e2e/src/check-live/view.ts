/**
 * What one client saw of one channel, from one subscription to its end. It is kept as runs of consecutive places, which says
 * exactly what was applied and takes no memory for a stream without holes; what came twice or in the wrong order is told at once.
 */
export type ViewFault = 'repeated' | 'out_of_order'

interface Run {
  readonly from: number
  to: number
}

export class View {
  readonly client: number
  readonly channel: number
  /** Everything after this is due. */
  readonly start: number
  #position: number
  readonly #runs: Run[] = []

  constructor(at: { readonly client: number; readonly channel: number }, start: number) {
    this.client = at.client
    this.channel = at.channel
    this.start = start
    this.#position = start
  }

  /** The client believes to know everything up to here. */
  get position(): number {
    return this.#position
  }

  /** A change was applied, in the order of calls. */
  applied(seq: number): ViewFault | undefined {
    const last = this.#runs.at(-1)
    const fault = seq > (last?.to ?? this.start) ? undefined : this.saw(seq) ? 'repeated' : 'out_of_order'
    if (fault === undefined) {
      if (last !== undefined && last.to + 1 === seq) last.to = seq
      else this.#runs.push({ from: seq, to: seq })
    }
    this.known(seq)
    return fault
  }

  /** The client was told that there is nothing else up to here. */
  known(seq: number): void {
    if (seq > this.#position) this.#position = seq
  }

  saw(seq: number): boolean {
    let [low, high] = [0, this.#runs.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const run = this.#runs[middle]
      if (run === undefined || seq < run.from) high = middle - 1
      else if (seq > run.to) low = middle + 1
      else return true
    }
    return false
  }
}
