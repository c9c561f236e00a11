/** A real server process that ends when it is told to, and comes back on the same data folder and the same port. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataFolder, startServer, type DataFolder, type Server, type Settings } from '../start-server.ts'
import type { ServerFault } from './plan.ts'

export class ServerUnderTest implements AsyncDisposable {
  readonly #settings: Settings
  readonly #data: DataFolder
  readonly #onSurprise: (what: string) => void
  #server: Server
  #ending = false
  /** What was done to it. */
  readonly faults: Record<ServerFault, number> = { kill: 0, stop: 0, kill_database: 0 }
  residentBytesMax = 0

  private constructor(
    started: { readonly server: Server; readonly data: DataFolder; readonly settings: Settings },
    onSurprise: (what: string) => void,
  ) {
    this.#server = started.server
    this.#data = started.data
    this.#settings = { ...started.settings, PORT: new URL(started.server.url).port }
    this.#onSurprise = onSurprise
    this.#watch(started.server)
  }

  static async start(settings: Settings, onSurprise: (what: string) => void): Promise<ServerUnderTest> {
    const data = await dataFolder()
    try {
      const server = await startServer({ data: data.path, settings })
      return new ServerUnderTest({ server, data, settings }, onSurprise)
    } catch (error) {
      await data[Symbol.asyncDispose]()
      throw error
    }
  }

  get url(): string {
    return this.#server.url
  }

  get liveUrl(): string {
    return this.#server.liveUrl
  }

  /** Ends it, and starts it again; or kills its database. */
  async strike(fault: ServerFault): Promise<void> {
    await this.measure()
    this.faults[fault]++
    if (fault === 'kill_database') return this.#killDatabase()
    this.#ending = true
    if (fault === 'kill') await this.#server.crash()
    else await this.#stopped()
    this.#server = await startServer({ data: this.#data.path, settings: this.#settings })
    this.#ending = false
    this.#watch(this.#server)
  }

  /** Remembers the most memory that it had resident. */
  async measure(): Promise<void> {
    const status = await readFile(`/proc/${this.#server.command.pid}/status`, 'utf8').catch(() => '')
    const kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
    this.residentBytesMax = Math.max(this.residentBytesMax, kilobytes * 1_024)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true
    await this.#stopped()
    await this.#data[Symbol.asyncDispose]()
  }

  async #killDatabase(): Promise<void> {
    const text = await readFile(join(this.#data.path, 'postgres/postmaster.pid'), 'utf8').catch(() => '')
    const pid = Number(text.split('\n')[0])
    // None while the server is just bringing it back.
    if (Number.isInteger(pid) && pid > 1) process.kill(pid, 'SIGKILL')
  }

  async #stopped(): Promise<void> {
    const { code, signal, stderr } = await this.#server.stop()
    if (code !== 0) this.#onSurprise(`SIGTERM ended the server with ${code ?? signal}: ${stderr.slice(-500)}`)
  }

  #watch(server: Server): void {
    void server.command.ended.then(({ code, signal, stderr }) => {
      if (!this.#ending) this.#onSurprise(`the server ended by itself with ${code ?? signal}: ${stderr.slice(-500)}`)
    })
  }
}
