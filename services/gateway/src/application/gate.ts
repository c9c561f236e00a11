class GateFull extends Error {
  override readonly name = 'GateFull'
}

/** Lets at most `atOnce` of its callers work at a time; up to `waitingMax` others wait in line, and one more throws GateFull. */
export class Gate {
  #free: number
  readonly #waitingMax: number
  readonly #line: (() => void)[] = []

  constructor(atOnce: number, waitingMax: number) {
    this.#free = atOnce
    this.#waitingMax = waitingMax
  }

  async run<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#free > 0) this.#free--
    else if (this.#line.length >= this.#waitingMax) throw new GateFull(`${this.#line.length} wait already`)
    else await new Promise<void>((enter) => this.#line.push(enter))
    try {
      return await work()
    } finally {
      const next = this.#line.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
