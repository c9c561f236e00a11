/**
 * How fast handshakes are let in. Each has to ask who it is and what it watched before; asked one by one, ten thousand of them are
 * twenty thousand questions to the database, asked together they are a few hundred. So those who come at one time are let in
 * together, in waves: one each `waveIntervalMs` at most, as many as wait, while no more than `atOnceMax` are under way. Whoever comes alone
 * does not wait at all.
 */
export interface AdmissionBounds {
  readonly waveIntervalMs: number
  readonly atOnceMax: number
}

export class AdmissionPace {
  readonly #bounds: AdmissionBounds
  #lastWaveMs = Number.NEGATIVE_INFINITY

  constructor(bounds: AdmissionBounds) {
    this.#bounds = bounds
  }

  /** How many of those who wait are let in now, and when to ask again. */
  next(nowMs: number, { waiting, underWay }: { readonly waiting: number; readonly underWay: number }): Admitted {
    const { waveIntervalMs, atOnceMax } = this.#bounds
    const count = Math.min(waiting, atOnceMax - underWay)
    if (count <= 0) return { count: 0, askAgainInMs: undefined }
    const sinceMs = nowMs - this.#lastWaveMs
    if (sinceMs < waveIntervalMs) return { count: 0, askAgainInMs: waveIntervalMs - sinceMs }
    this.#lastWaveMs = nowMs
    return { count, askAgainInMs: undefined }
  }
}

export interface Admitted {
  readonly count: number
  /** Undefined: somebody was let in, nobody waits, or all places are taken until somebody leaves one. */
  readonly askAgainInMs: number | undefined
}
