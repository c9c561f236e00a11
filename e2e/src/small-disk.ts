/** A file system of a test's own, which can be made full at any moment: a tmpfs that is shrunk to what is on it. */
import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOMY_BYTES = 4 * 1_073_741_824
const SHRINK_TRIES_MAX = 50

/** Why there can be none here; undefined where it can be. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return 'a small file system can be mounted on Linux only'
  return process.getuid?.() === 0 ? undefined : 'only root may mount a small file system: run as root'
}

export class SmallDisk implements AsyncDisposable {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** Over an empty folder. */
  static async mount(path: string): Promise<SmallDisk> {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${ROOMY_BYTES},mode=0711`, 'tmpfs', path])
    return new SmallDisk(path)
  }

  /** From now on nothing more can be written: "No space left on device". */
  async fill(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { bsize, blocks, bfree } = await statfs(this.#path)
      try {
        await this.#resize((blocks - bfree) * bsize)
        return
      } catch (error) {
        // Something was written between the look and the deed.
        if (tries >= SHRINK_TRIES_MAX) throw error
      }
    }
  }

  async free(): Promise<void> {
    await this.#resize(ROOMY_BYTES)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Lazily: a process that ends late may still have a file open.
    await run('umount', ['--lazy', this.#path])
  }

  async #resize(bytes: number): Promise<void> {
    await run('mount', ['-o', `remount,size=${bytes}`, this.#path])
  }
}
