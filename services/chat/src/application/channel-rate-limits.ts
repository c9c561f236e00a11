import type { ChannelId } from '@glasshouse/kernel'
import type { ChatPorts, RateLimitSetting } from './ports.ts'
import { defaultRateLimit } from './wire.ts'

/**
 * The rate limit of each channel: its own slow mode, or that of the house. It is asked for with every message, so it is remembered; a
 * change forgets it, also while it is being read. While the store does not answer, the house's own counts.
 */
export class ChannelRateLimits {
  /** The least recently used first. */
  readonly #known = new Map<ChannelId, RateLimitSetting>()
  readonly #reading = new Map<ChannelId, Promise<RateLimitSetting>>()
  readonly #ports: Pick<ChatPorts, 'channels' | 'settings' | 'log'>
  readonly #knownMax: number

  constructor(ports: Pick<ChatPorts, 'channels' | 'settings' | 'log'>, knownMax: number) {
    this.#ports = ports
    this.#knownMax = knownMax
  }

  /** At once when it is known. */
  of(channelId: ChannelId): RateLimitSetting | Promise<RateLimitSetting> {
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

  #read(channelId: ChannelId): Promise<RateLimitSetting> {
    const reading = this.#ask(channelId).then(
      (limit) => {
        if (this.#reading.get(channelId) === reading) this.#remember(channelId, limit)
        return limit
      },
      (error: unknown) => {
        this.#ports.log(`the rate limit of a channel could not be read: ${String(error)}`)
        if (this.#reading.get(channelId) === reading) this.#reading.delete(channelId)
        return defaultRateLimit(channelId, this.#ports.settings)
      },
    )
    this.#reading.set(channelId, reading)
    return reading
  }

  async #ask(channelId: ChannelId): Promise<RateLimitSetting> {
    const own = await this.#ports.channels.rateLimit(channelId)
    return own ?? defaultRateLimit(channelId, this.#ports.settings)
  }

  #remember(channelId: ChannelId, limit: RateLimitSetting): void {
    this.#reading.delete(channelId)
    this.#known.set(channelId, limit)
    if (this.#known.size <= this.#knownMax) return
    const oldest = this.#known.keys().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }
}
