import type { ChannelId, DeviceId, Service } from '@glasshouse/kernel'
import { newId } from '@glasshouse/kernel'
import type { House } from '../house.ts'
import type { DemoHouse } from './fill-house.ts'
import { DEMO_ADMIN, DEMO_EMOJI, DEMO_LINES } from './story.ts'

/** People do one thing in so long; the first one soon, so that whoever has just come sees that the house lives. */
const FIRST_MS = 3_000
const PAUSE_MS_MIN = 20_000
const PAUSE_MS_MAX = 60_000
const TYPING_MS = 2_500
/** They begin with messages. */
const MESSAGES_FIRST = 4
/** Then, of ten things that are done, so many are messages while there is something left to say; the others are reactions. */
const MESSAGES_OF_TEN = 6
const LOOKED_AT = 10
const SAID_LOOKED_AT = 100
const HERE = ['maya', 'tomas', 'ines', 'jun', 'priya', 'sam', 'aiko']
const SEED = 20_000_130

/**
 * Some of the team write, type and react now and then, at a quiet pace, while the house runs: each line of the story once, in an order
 * that the seed decides, and reactions to whatever was said last. What was said before a restart is not said again.
 */
export class DemoLife {
  readonly service: Service
  readonly #house: House
  readonly #demo: DemoHouse
  readonly #log: (line: string) => void
  readonly #random = seeded(SEED)
  #lines: { readonly channelId: ChannelId; readonly by: string; readonly text: string }[]
  readonly #devices = new Map<string, DeviceId>()
  #timer: NodeJS.Timeout | undefined
  #step: Promise<void> | undefined
  #ended = false
  #said = 0

  constructor(house: House, demo: DemoHouse, log: (line: string) => void) {
    this.#house = house
    this.#demo = demo
    this.#log = log
    const lines = Object.entries(DEMO_LINES).flatMap(([key, said]) => {
      const channelId = demo.channels.get(key)
      return channelId === undefined ? [] : said.map(([by, text]) => ({ channelId, by, text }))
    })
    this.#lines = lines
      .map((line) => ({ line, order: this.#random() }))
      .toSorted((a, b) => a.order - b.order)
      .map(({ line }) => line)
    this.service = {
      name: 'demo',
      run: async () => {
        this.#arrive()
        await this.#forgetSaid()
        this.#after(FIRST_MS)
      },
      drain: () => this.#end(),
      stop: () => this.#end(),
    }
  }

  #arrive(): void {
    for (const username of HERE) {
      const deviceId = newId<DeviceId>()
      this.#devices.set(username, deviceId)
      this.#house.chat.people.deviceHere(this.#demo.hands.caller(username), deviceId, { state: 'active', acted: true })
    }
  }

  async #forgetSaid(): Promise<void> {
    const said = new Set<string>()
    for (const channelId of new Set(this.#lines.map((line) => line.channelId))) {
      const query = { limit: SAID_LOOKED_AT }
      const { items } = await this.#demo.hands.call(DEMO_ADMIN, 'listMessages', {
        params: { channel_id: channelId },
        query,
      })
      for (const { content } of items) said.add(`${channelId} ${content}`)
    }
    this.#lines = this.#lines.filter(({ channelId, text }) => !said.has(`${channelId} ${text}`))
  }

  async #end(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    await this.#step
    for (const [username, deviceId] of this.#devices) {
      this.#house.chat.people.deviceLeft(this.#demo.hands.caller(username), deviceId)
    }
  }

  #after(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#step = this.#live()
        .catch((error: unknown) => this.#log(`the demo: ${String(error)}`))
        .finally(() => {
          this.#step = undefined
          const pauseMs = PAUSE_MS_MIN + this.#random() * (PAUSE_MS_MAX - PAUSE_MS_MIN)
          if (!this.#ended) this.#after(pauseMs)
        })
    }, delayMs).unref()
  }

  async #live(): Promise<void> {
    const isMessage = this.#said < MESSAGES_FIRST || this.#random() * 10 < MESSAGES_OF_TEN
    const line = isMessage ? this.#lines.shift() : undefined
    if (line === undefined) return this.#react()
    this.#said++
    const caller = this.#demo.hands.caller(line.by)
    await this.#house.chat.typing.announce(caller, { channel_id: line.channelId })
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS))
    const sent = await this.#house.chat.sendMessage(caller, { channel_id: line.channelId, content: line.text })
    if (!sent.ok) this.#log(`the demo: ${line.by} could not write: ${sent.error.code}`)
  }

  async #react(): Promise<void> {
    const { hands, channels } = this.#demo
    const keys = Object.keys(DEMO_LINES)
    const channel_id = channels.get(this.#pick(keys))
    if (channel_id === undefined) return
    const by = this.#pick(HERE)
    const { items } = await hands.call(by, 'listMessages', { params: { channel_id }, query: { limit: LOOKED_AT } })
    const others = items.filter(({ username, deleted }) => username !== by && !deleted)
    if (others.length === 0) return
    const message = this.#pick(others)
    const known = message.reactions?.[0]?.emoji
    // Most join in with what is there.
    const emoji = known !== undefined && this.#random() < 0.7 ? known : this.#pick(DEMO_EMOJI)
    await hands.call(by, 'addReaction', { params: { channel_id, message_id: message.id, emoji } })
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new Error('there is nothing to choose from')
    return item
  }
}

/** The generator mulberry32: the same numbers, from 0 to 1, for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
