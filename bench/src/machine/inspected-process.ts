/**
 * Looks into a running Node process through its inspector (the Chrome DevTools protocol), which SIGUSR1 opens: a forced garbage
 * collection, its own count of its memory, a CPU profile. The process needs nothing built in for it.
 */
import { summarize, type CpuProfile, type ProfileSummary } from './cpu-profile.ts'

/** Lets the system choose the inspector's port. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' } as const
const INSPECTOR_LISTENS = /^Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/[\w-]+)$/m

export interface Memory {
  readonly heapUsed: number
  readonly external: number
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

export class InspectedProcess implements Disposable {
  readonly #webSocket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #lastId = 0

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket
    webSocket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
  }

  /** `waitFor` finds a line in what the process writes. */
  static async attach(pid: number, waitFor: (pattern: RegExp) => Promise<RegExpExecArray>): Promise<InspectedProcess> {
    process.kill(pid, 'SIGUSR1')
    const url = (await waitFor(INSPECTOR_LISTENS))[1] ?? ''
    const webSocket = new WebSocket(url)
    await new Promise<void>((opened, failed) => {
      webSocket.addEventListener('open', () => opened(), { once: true })
      webSocket.addEventListener('error', () => failed(new Error(`the inspector at ${url} cannot be reached`)), {
        once: true,
      })
    })
    return new InspectedProcess(webSocket)
  }

  async collectGarbage(): Promise<void> {
    await this.#call('HeapProfiler.collectGarbage')
  }

  async memory(): Promise<Memory> {
    return JSON.parse(await this.evaluate('JSON.stringify(process.memoryUsage())')) as Memory
  }

  /** What the expression makes in the process, as text. */
  async evaluate(expression: string): Promise<string> {
    const answer = (await this.#call('Runtime.evaluate', { expression })) as {
      readonly result: { readonly value?: unknown; readonly description?: string }
      readonly exceptionDetails?: object
    }
    if (answer.exceptionDetails !== undefined) throw new Error(`in the process: ${answer.result.description}`)
    return String(answer.result.value)
  }

  /** Where the process spends its time while `work` runs. */
  async profile(work: () => Promise<unknown>): Promise<ProfileSummary> {
    await this.#call('Profiler.enable')
    await this.#call('Profiler.start')
    await work()
    const answer = (await this.#call('Profiler.stop')) as { profile: CpuProfile }
    return summarize(answer.profile)
  }

  async #call(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId
    const answer = await new Promise<Answer>((done) => {
      this.#waiting.set(id, done)
      this.#webSocket.send(JSON.stringify({ id, method, params }))
    })
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }

  [Symbol.dispose](): void {
    this.#webSocket.close()
  }
}
