/** The wall clock of chosen processes, which a test can step: libfaketime, which Debian has as a package of that name. */
import { existsSync } from 'node:fs'
import { chmod, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from './start-server.ts'

const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`,
)

/** Why there can be none here; undefined where it can be. */
export function whyNoSteppedClock(): string | undefined {
  return library() === undefined ? 'libfaketime is not installed: apt-get install libfaketime' : undefined
}

function library(): string | undefined {
  return LIBRARIES.find((path) => existsSync(path))
}

export class SteppedClock {
  readonly #file: string

  private constructor(file: string) {
    this.#file = file
  }

  /** `folder` must be open to the users that the processes run as. */
  static async make(folder: string): Promise<SteppedClock> {
    const clock = new SteppedClock(join(folder, 'clock'))
    await clock.step(0)
    return clock
  }

  /** What the environment of a process must have. Its monotonic clock goes on, as a machine's does. */
  get environment(): Settings {
    return {
      LD_PRELOAD: library() ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // Seconds between two looks at the file.
      FAKETIME_CACHE_DURATION: '1',
    }
  }

  /** From now on, or a second later, the processes' clock differs from the machine's by this. */
  async step(offsetS: number): Promise<void> {
    const draft = `${this.#file}.draft`
    await writeFile(draft, `${offsetS < 0 ? '' : '+'}${offsetS}\n`)
    await chmod(draft, 0o644)
    await rename(draft, this.#file)
  }
}
