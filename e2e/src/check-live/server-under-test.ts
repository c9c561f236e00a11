/** A real server process and its database, to which a run does what its faults say; each fault ends before `strike` does. */
import { readFile } from 'node:fs/promises'
import { freezeProcess } from '../freeze-process.ts'
import { SmallDisk } from '../small-disk.ts'
import { dataFolder, startServer, type DataFolder, type Server, type Settings } from '../start-server.ts'
import {
  embeddedDatabase,
  postmasterPid,
  startExternalDatabase,
  type DatabaseUnderTest,
} from './database-under-test.ts'
import { FAULT_NAMES, type FaultName } from './faults.ts'
import type { CheckOptions } from './options.ts'
import { pause } from './world.ts'

const SLOW_MS_MAX = 500
const CLOCK_STEP_S = 3_600
const CLOCK_SEEN_TIMEOUT_MS = 20_000
const CLOCK_TOLERANCE_MS = 60_000
const CLOCK_POLL_MS = 50

interface Parts {
  readonly data: DataFolder
  readonly database: DatabaseUnderTest
  readonly disk: SmallDisk | undefined
  readonly settings: Settings
  readonly stack: AsyncDisposableStack
}

export interface ServerPort {
  /** The server did what it must not do. */
  surprise(what: string): void
}

export class ServerUnderTest implements AsyncDisposable {
  readonly #parts: Parts
  readonly #port: ServerPort
  readonly #settings: Settings
  #server: Server
  #ending = false
  /** What was done to it, and how often. */
  readonly struck = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Record<FaultName, number>
  residentBytesMax = 0

  private constructor(server: Server, parts: Parts, port: ServerPort) {
    this.#server = server
    this.#parts = parts
    this.#port = port
    this.#settings = { ...parts.settings, PORT: new URL(server.url).port }
    this.#watch(server)
  }

  static async start(
    options: Pick<CheckOptions, 'faults' | 'database'>,
    settings: Settings,
    port: ServerPort,
  ): Promise<ServerUnderTest> {
    await using stack = new AsyncDisposableStack()
    const data = stack.use(await dataFolder())
    const isExternal = options.database === 'external'
    const folder = isExternal ? stack.use(await dataFolder()) : data
    const disk = options.faults.includes('full-disk') ? stack.use(await SmallDisk.mount(folder.path)) : undefined
    const clock = options.faults.includes('clock-step') ? 'stepped' : 'real'
    const database = stack.use(
      isExternal ? await startExternalDatabase({ folder: folder.path, clock }) : embeddedDatabase(data.path),
    )
    const all = { ...settings, ...database.settings }
    const server = await startServer({ data: data.path, settings: all })
    return new ServerUnderTest(server, { data, database, disk, settings: all, stack: stack.move() }, port)
  }

  get url(): string {
    return this.#server.url
  }

  get liveUrl(): string {
    return this.#server.liveUrl
  }

  /** How often anything was done to it. */
  get strikes(): number {
    return Object.values(this.struck).reduce((sum, count) => sum + count, 0)
  }

  async strike(fault: FaultName, lasting: () => Promise<void>): Promise<void> {
    await this.measure()
    this.struck[fault]++
    switch (fault) {
      case 'kill-server':
        return this.#restart(() => this.#server.crash())
      case 'stop-server':
        return this.#restart(() => this.#stopped())
      case 'kill-postgres':
        return this.#killPostgres()
      case 'freeze-server':
        return freeze(this.#server.command.pid, lasting)
      case 'freeze-postgres':
        return freeze(await postmasterPid(this.#parts.database), lasting)
      case 'full-disk':
        return this.#fillDisk(lasting)
      case 'clock-step':
        return this.#stepClock(lasting)
      case 'cut-database':
      case 'stall-database':
      case 'slow-database':
        return this.#disturbWire(fault, lasting)
    }
  }

  /** Remembers the most memory that it had resident. */
  async measure(): Promise<void> {
    const status = await readFile(`/proc/${this.#server.command.pid}/status`, 'utf8').catch(() => '')
    const kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
    this.residentBytesMax = Math.max(this.residentBytesMax, kilobytes * 1_024)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true
    try {
      await this.#stopped()
    } finally {
      await this.#parts.stack.disposeAsync()
    }
  }

  async #restart(end: () => Promise<void>): Promise<void> {
    this.#ending = true
    await end()
    this.#server = await startServer({ data: this.#parts.data.path, settings: this.#settings })
    this.#ending = false
    this.#watch(this.#server)
  }

  async #killPostgres(): Promise<void> {
    const pid = await postmasterPid(this.#parts.database)
    // None while it is just being brought back.
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  }

  async #fillDisk(lasting: () => Promise<void>): Promise<void> {
    const { disk } = this.#parts
    if (disk === undefined) throw new Error('the run has no disk of its own')
    await disk.fill()
    try {
      await lasting()
    } finally {
      await disk.free()
    }
  }

  /** Forwards and back, the next time backwards and forth. */
  async #stepClock(lasting: () => Promise<void>): Promise<void> {
    const { clock } = this.#parts.database
    if (clock === undefined) throw new Error('the run has no clock of its own')
    const offsetS = this.struck['clock-step'] % 2 === 1 ? CLOCK_STEP_S : -CLOCK_STEP_S
    try {
      await clock.step(offsetS)
      await this.#seesClock(offsetS)
      await lasting()
    } finally {
      await clock.step(0)
    }
    await this.#seesClock(0)
  }

  /** Waits until the server's answers have the time of its stepped clock. */
  async #seesClock(offsetS: number): Promise<void> {
    const untilMs = performance.now() + CLOCK_SEEN_TIMEOUT_MS
    for (;;) {
      const answer = await fetch(`${this.url}/healthz`)
      await answer.arrayBuffer()
      const atMs = Date.parse(answer.headers.get('date') ?? '')
      if (Math.abs(atMs - Date.now() - offsetS * 1_000) < CLOCK_TOLERANCE_MS) return
      if (performance.now() > untilMs)
        return this.#port.surprise(`the server does not see the clock step by ${offsetS} s`)
      await pause(CLOCK_POLL_MS)
    }
  }

  async #disturbWire(
    how: 'cut-database' | 'stall-database' | 'slow-database',
    lasting: () => Promise<void>,
  ): Promise<void> {
    const { wire } = this.#parts.database
    if (wire === undefined) throw new Error('the run holds no wire to the database')
    if (how === 'cut-database') wire.cut()
    else if (how === 'stall-database') wire.stall()
    else wire.slow(SLOW_MS_MAX)
    try {
      await lasting()
    } finally {
      wire.mend()
    }
  }

  async #stopped(): Promise<void> {
    const { code, signal, stderr } = await this.#server.stop()
    if (code !== 0) this.#port.surprise(`SIGTERM ended the server with ${code ?? signal}: ${stderr.slice(-500)}`)
  }

  #watch(server: Server): void {
    void server.command.ended.then(({ code, signal, stderr }) => {
      if (this.#ending) return
      this.#port.surprise(`the server ended by itself with ${code ?? signal}: ${stderr.slice(-500)}`)
    })
  }
}

/** None while it is just being brought back. */
async function freeze(pid: number | undefined, lasting: () => Promise<void>): Promise<void> {
  const thaw = pid === undefined ? () => undefined : await freezeProcess(pid)
  try {
    await lasting()
  } finally {
    thaw()
  }
}
