import type { Clock } from '@glasshouse/kernel'

/** `check` reads the whole file once before anything is written. */
export type ImportPhase = 'check' | 'people' | 'channels' | 'messages'

export interface ImportProgress {
  readonly phase: ImportPhase
  /** Of `total`; unpacked bytes in `check` and `messages`, people or channels in their phases. */
  readonly done: number
  readonly total: number
  /** Messages so far, those that were known included. */
  readonly messages: number
  /** Messages a second in `messages`, else units of `done` a second, over the last seconds. */
  readonly ratePerS: number
  /** Undefined as long as nothing can be said. */
  readonly leftMs: number | undefined
}

const REPORT_INTERVAL_MS = 250
/** The rate is that of the last SAMPLES_MAX reports: about ten seconds. */
const SAMPLES_MAX = 40

interface Sample {
  readonly atMs: number
  readonly done: number
  readonly messages: number
}

/** Tells how far the import is, at most four times a second, and always at the start and the end of a phase. */
export class ProgressMeter {
  readonly #report: (progress: ImportProgress) => void
  readonly #clock: Clock
  #phase: ImportPhase = 'check'
  #total = 0
  #done = 0
  #messages = 0
  #samples: Sample[] = []

  constructor(report: (progress: ImportProgress) => void, clock: Clock) {
    this.#report = report
    this.#clock = clock
  }

  begin(phase: ImportPhase, total: number): void {
    this.#phase = phase
    this.#total = total
    this.#done = 0
    this.#samples = []
    this.#emit(this.#clock.monotonicMs())
  }

  advance(done: number, messages = 0): void {
    this.#done += done
    this.#messages += messages
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - (this.#samples.at(-1)?.atMs ?? 0) >= REPORT_INTERVAL_MS) this.#emit(nowMs)
  }

  end(): void {
    this.#emit(this.#clock.monotonicMs())
  }

  #emit(atMs: number): void {
    this.#samples.push({ atMs, done: this.#done, messages: this.#messages })
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift()
    const first = this.#samples[0] ?? { atMs, done: 0, messages: 0 }
    const elapsedS = (atMs - first.atMs) / 1000
    const perS = (count: number): number => (elapsedS > 0 ? count / elapsedS : 0)
    const donePerS = perS(this.#done - first.done)
    this.#report({
      phase: this.#phase,
      done: this.#done,
      total: this.#total,
      messages: this.#messages,
      ratePerS: this.#phase === 'messages' ? perS(this.#messages - first.messages) : donePerS,
      leftMs: donePerS > 0 ? Math.max(0, ((this.#total - this.#done) / donePerS) * 1000) : undefined,
    })
  }
}
