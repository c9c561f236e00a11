/**
 * Work that comes in crowds, done in slices. After a restart thousands of connections are to be opened, restored and told, each within
 * a fraction of a millisecond: in one go they would block the event loop for seconds. Here each is a job of its own, in line, and
 * a slice ends when its time is up; between two slices the event loop turns, so that those who are connected already go on.
 *
 * A slice ends after the job during which its time ran out: no job is cut, and each slice does at least one.
 */
export class Slices {
  readonly #sliceMs: number
  #jobs: (() => void)[] = []
  /** Jobs before it are done; they are removed together, since removing them one by one would move all that wait. */
  #next = 0

  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs
  }

  get waiting(): number {
    return this.#jobs.length - this.#next
  }

  push(job: () => void): void {
    this.#jobs.push(job)
  }

  /** Does one slice. A job that throws is done too: the others stay in line. */
  run(monotonicMs: () => number): void {
    const untilMs = monotonicMs() + this.#sliceMs
    try {
      do {
        const job = this.#jobs[this.#next]
        if (job === undefined) break
        this.#next++
        job()
      } while (monotonicMs() < untilMs)
    } finally {
      this.#jobs.splice(0, this.#next)
      this.#next = 0
    }
  }
}
