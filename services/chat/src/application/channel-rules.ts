import type { ChannelId } from '@glasshouse/kernel'
import { isLobby } from '../domain/lobby.ts'
import { WordMatcher } from '../domain/moderation-rules.ts'
import type { ChatPorts, RateLimitSetting } from './ports.ts'
import { defaultRateLimit } from './wire.ts'

/** What a send is judged by before it is stored. */
export interface SendRules {
  /** The channel's own slow mode, or that of the house. */
  readonly rateLimit: RateLimitSetting
  /** The words that hold a message; undefined where nothing is held. */
  readonly heldWords: WordMatcher | undefined
}

/**
 * The rules of each channel. They are asked for with every message, so they are remembered; a change forgets them, also while they are
 * being read. While the store does not answer, the house's own count, and the Lobby is moderated.
 */
export class ChannelRules {
  /** The least recently used first. */
  readonly #known = new Map<ChannelId, SendRules>()
  readonly #reading = new Map<ChannelId, Promise<SendRules>>()
  readonly #ports: Pick<ChatPorts, 'channels' | 'settings' | 'log'>
  readonly #knownMax: number

  constructor(ports: Pick<ChatPorts, 'channels' | 'settings' | 'log'>, knownMax: number) {
    this.#ports = ports
    this.#knownMax = knownMax
  }

  /** At once when they are known. */
  of(channelId: ChannelId): SendRules | Promise<SendRules> {
    const known = this.#known.get(channelId)
    if (known === undefined) return this.#reading.get(channelId) ?? this.#read(channelId)
    this.#known.delete(channelId)
    this.#known.set(channelId, known)
    return known
  }

  forget(channelId: ChannelId): void {
    this.#known.delete(channelId)
    this.#reading.delete(channelId)
  }

  forgetAll(): void {
    this.#known.clear()
    this.#reading.clear()
  }

  #read(channelId: ChannelId): Promise<SendRules> {
    const reading = this.#ask(channelId).then(
      (rules) => {
        if (this.#reading.get(channelId) === reading) this.#remember(channelId, rules)
        return rules
      },
      (error: unknown) => {
        this.#ports.log(`the rules of a channel could not be read: ${String(error)}`)
        if (this.#reading.get(channelId) === reading) this.#reading.delete(channelId)
        return {
          rateLimit: defaultRateLimit(channelId, this.#ports.settings),
          heldWords: isLobby(channelId) ? new WordMatcher([]) : undefined,
        }
      },
    )
    this.#reading.set(channelId, reading)
    return reading
  }

  async #ask(channelId: ChannelId): Promise<SendRules> {
    const stored = await this.#ports.channels.sendRules(channelId)
    return {
      rateLimit: stored?.rateLimit ?? defaultRateLimit(channelId, this.#ports.settings),
      heldWords: stored?.heldWords && new WordMatcher(stored.heldWords),
    }
  }

  #remember(channelId: ChannelId, rules: SendRules): void {
    this.#reading.delete(channelId)
    this.#known.set(channelId, rules)
    if (this.#known.size <= this.#knownMax) return
    const oldest = this.#known.keys().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }
}
