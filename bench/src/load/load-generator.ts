import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pinned } from '../machine/cores.ts'
import type { LoadCommands, LoadRequest, LoadResponse, CommandTable } from './load-commands.ts'

const PROGRAM = fileURLToPath(new URL('load-program.ts', import.meta.url))

/** The bench's end of a load program, which runs on a core of its own where that can be. */
export class LoadGenerator<Commands extends CommandTable<Commands> = LoadCommands> implements AsyncDisposable {
  readonly #child
  readonly #ended: Promise<unknown>
  readonly #waiting = new Map<number, (response: LoadResponse) => void>()
  #lastId = 0

  constructor(program = PROGRAM) {
    const [command = '', ...args] = pinned('load', [process.execPath, program])
    this.#child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.on('message', (response: LoadResponse) => {
      this.#waiting.get(response.id)?.(response)
      this.#waiting.delete(response.id)
    })
    this.#ended = new Promise((ended) => this.#child.once('exit', ended))
    this.#child.once('exit', () => {
      for (const [id, done] of this.#waiting) done({ id, error: 'the load program has ended' })
    })
  }

  /** Throws with the reason when the load program could not do it. */
  async run<Name extends keyof Commands & string>(
    command: Name,
    ask: Commands[Name]['ask'],
  ): Promise<Commands[Name]['answer']> {
    const id = ++this.#lastId
    const response = await new Promise<LoadResponse>((done) => {
      this.#waiting.set(id, done)
      this.#child.send({ id, command, ask } satisfies LoadRequest)
    })
    if (response.error !== undefined) throw new Error(`load: ${response.error}`)
    return response.answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#ended
  }
}
