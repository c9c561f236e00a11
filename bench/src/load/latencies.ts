/**
 * Latencies of millions of deliveries in a fixed space: counts by logarithmic classes, 32 to an octave, so that a percentile is
 * right to within 2 %.
 */
const CLASSES_PER_OCTAVE = 32
const OCTAVES = 32
/** The finest that is told apart, milliseconds. */
const UNIT_MS = 0.001

export class Latencies {
  readonly #counts = new Float64Array(CLASSES_PER_OCTAVE * OCTAVES)
  #count = 0

  add(ms: number): void {
    const index = ms <= UNIT_MS ? 0 : Math.floor(Math.log2(ms / UNIT_MS) * CLASSES_PER_OCTAVE)
    const last = this.#counts.length - 1
    const at = index > last ? last : index
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#count++
  }

  get count(): number {
    return this.#count
  }

  /** Milliseconds; NaN when nothing was added. */
  percentile(percent: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.#count))
    let seen = 0
    for (let index = 0; index < this.#counts.length; index++) {
      seen += this.#counts[index] ?? 0
      if (seen >= rank) return UNIT_MS * 2 ** ((index + 0.5) / CLASSES_PER_OCTAVE)
    }
    return Number.NaN
  }
}
