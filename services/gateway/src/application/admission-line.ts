import type { Clock } from '@glasshouse/kernel'
import { AdmissionPace } from '../domain/admission-pace.ts'
import type { LiveLimits } from '../domain/live-limits.ts'

/** Handshakes that wait for their turn, first come, first served; see domain/admission-pace.ts for when that is. */
export class AdmissionLine {
  readonly #clock: Clock
  readonly #waitingMax: number
  readonly #pace: AdmissionPace
  #waiting: (() => void)[] = []
  #underWay = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    clock: Clock,
    limits: Pick<LiveLimits, 'handshakesWaitingMax' | 'handshakesAtOnceMax' | 'admissionIntervalMs'>,
  ) {
    this.#clock = clock
    this.#waitingMax = limits.handshakesWaitingMax
    this.#pace = new AdmissionPace({
      waveIntervalMs: limits.admissionIntervalMs,
      atOnceMax: limits.handshakesAtOnceMax,
    })
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Does the work when it is its turn, at once when nobody came before. Undefined, and no work: too many wait. */
  run<Answer>(work: () => Promise<Answer>): Promise<Answer> | undefined {
    if (this.#waiting.length >= this.#waitingMax) return undefined
    const turn = new Promise<void>((admitted) => this.#waiting.push(admitted))
    this.#letIn()
    return this.#follow(turn, work)
  }

  #letIn(): void {
    const { count, askAgainInMs } = this.#pace.next(this.#clock.monotonicMs(), {
      waiting: this.#waiting.length,
      underWay: this.#underWay,
    })
    this.#underWay += count
    for (const admitted of this.#waiting.splice(0, count)) admitted()
    if (askAgainInMs === undefined || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#letIn()
    }, askAgainInMs)
    this.#timer.unref()
  }

  async #follow<Answer>(turn: Promise<void>, work: () => Promise<Answer>): Promise<Answer> {
    await turn
    try {
      return await work()
    } finally {
      this.#underWay--
      this.#letIn()
    }
  }
}
