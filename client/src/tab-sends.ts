/**
 * The messages of several tabs on their way over one connection: who is to be told of the answer, and how many leave at once and in a
 * second, since the server counts by connection. Each tab keeps its own until they are answered (send-queue.ts), so nothing is kept here
 * over a connection's end.
 */
import type { ClientFrame } from '@glasshouse/contracts'
import type { Clock } from '@glasshouse/kernel'
import { SendAllowance } from './send-allowance.ts'
import type { Timers } from './live-types.ts'
import type { TabId } from './tab-messages.ts'

export type SendFrame = Extract<ClientFrame, { type: 'send_message' }>

interface OnItsWay {
  readonly frame: SendFrame
  /** More than one, when two tabs send the same message. */
  readonly tabs: Set<TabId>
}

/** Each tab sends 64 at once at most; so this is 64 tabs that all do. */
const WAITING_MAX = 4_096

export interface TabSendsOptions {
  readonly inFlightMax: number
  readonly sendsPerSecondMax: number
  readonly clock: Clock
  readonly timers: Timers
  readonly send: (frame: SendFrame) => void
}

export class TabSends {
  readonly #options: TabSendsOptions
  readonly #allowance: SendAllowance
  readonly #onTheirWay = new Map<string, OnItsWay>()
  #waiting: SendFrame[] = []
  #inFlightMax: number
  #timer: unknown

  constructor(options: TabSendsOptions) {
    this.#options = options
    this.#inFlightMax = options.inFlightMax
    this.#allowance = new SendAllowance(options.sendsPerSecondMax, options.clock)
  }

  /** A connection is live, which may take fewer at once. */
  connected(inFlightMax = Infinity): void {
    this.#inFlightMax = Math.min(inFlightMax, this.#options.inFlightMax)
  }

  /** 'conflict': another message with this `client_id` is on its way. */
  add(tab: TabId, frame: SendFrame): 'taken' | 'full' | 'conflict' {
    const clientId = frame.client_id ?? ''
    const known = this.#onTheirWay.get(clientId)
    if (known !== undefined) {
      if (!isSame(known.frame, frame)) return 'conflict'
      known.tabs.add(tab)
      return 'taken'
    }
    if (this.#waiting.length >= WAITING_MAX) return 'full'
    this.#onTheirWay.set(clientId, { frame, tabs: new Set([tab]) })
    this.#waiting.push(frame)
    this.#pump()
    return 'taken'
  }

  /** An answer has come. Returns who waits for it; undefined when nobody here has sent it. */
  answered(clientId: string | undefined): ReadonlySet<TabId> | undefined {
    if (clientId === undefined) return undefined
    const answered = this.#onTheirWay.get(clientId.toLowerCase())
    if (answered === undefined) return undefined
    this.#onTheirWay.delete(clientId.toLowerCase())
    this.#pump()
    return answered.tabs
  }

  /** The connection is gone: the tabs send again what was not answered. */
  clear(): void {
    this.#onTheirWay.clear()
    this.#waiting = []
    this.#options.timers.clear(this.#timer)
    this.#timer = undefined
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#onTheirWay.size - this.#waiting.length < this.#inFlightMax) {
      if (!this.#allowance.take()) {
        this.#timer ??= this.#options.timers.set(() => {
          this.#timer = undefined
          this.#pump()
        }, this.#allowance.waitMs)
        return
      }
      const frame = this.#waiting.shift()
      if (frame !== undefined) this.#options.send(frame)
    }
  }
}

function isSame(one: SendFrame, other: SendFrame): boolean {
  return one.channel_id === other.channel_id && one.content === other.content && one.thread_id === other.thread_id
}
