import type { Clock, DeviceId, Service, UserId } from '@glasshouse/kernel'
import type { DeviceBoard, LivePresence } from '../application/presence-ports.ts'
import {
  liveStateOf,
  withLeft,
  type Device,
  type DevicesLeft,
  type LiveState,
  type PresenceBounds,
} from '../domain/device-presence.ts'

interface Person {
  readonly here: Map<DeviceId, Device>
  left: DevicesLeft | undefined
  /** What the listeners know. */
  told: LiveState
  /** When the state is to be looked at again, monotonic. */
  lookAtMs: number
}

export interface MemoryDeviceBoardOptions extends PresenceBounds {
  readonly clock: Clock
  readonly sweepIntervalMs: number
}

/**
 * Devices of this process. One timer for all people: each sweep looks at those whose state may have changed, and tells what did. So
 * somebody who comes and goes within a sweep is no news, and a thousand who come at once are one call.
 */
export class MemoryDeviceBoard implements DeviceBoard {
  readonly service: Service
  readonly #options: MemoryDeviceBoardOptions
  readonly #people = new Map<UserId, Person>()
  readonly #listeners = new Set<(changed: readonly LivePresence[]) => void>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(options: MemoryDeviceBoardOptions) {
    this.#options = options
    this.service = {
      name: 'devices',
      run: async () => void (this.#timer ??= setInterval(() => this.sweep(), options.sweepIntervalMs).unref()),
      drain: async () => this.#stop(),
      stop: async () => this.#stop(),
    }
  }

  /** People of whom something is held. */
  get size(): number {
    return this.#people.size
  }

  async here(
    userId: UserId,
    deviceId: DeviceId,
    { state, acted }: { state: Device['state']; acted: boolean },
  ): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs()
    const person = this.#person(userId)
    const actedAtMs = acted ? nowMs : (person.here.get(deviceId)?.actedAtMs ?? Number.NEGATIVE_INFINITY)
    person.here.set(deviceId, { state, actedAtMs })
    person.lookAtMs = nowMs
  }

  async left(userId: UserId, deviceId: DeviceId): Promise<void> {
    const person = this.#people.get(userId)
    const device = person?.here.get(deviceId)
    if (person === undefined || device === undefined) return
    const nowMs = this.#options.clock.monotonicMs()
    person.here.delete(deviceId)
    person.left = withLeft(this.#leftStill(person, nowMs), device, nowMs)
    person.lookAtMs = nowMs
  }

  async find(userIds: readonly UserId[]): Promise<readonly LivePresence[]> {
    const nowMs = this.#options.clock.monotonicMs()
    return userIds.flatMap((userId) => {
      const person = this.#people.get(userId)
      return person === undefined ? [] : { userId, state: liveStateOf(person, nowMs, this.#options).state }
    })
  }

  onChange(listener: (changed: readonly LivePresence[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks at what time has changed, and tells of it. */
  sweep(): void {
    const nowMs = this.#options.clock.monotonicMs()
    const changed: LivePresence[] = []
    for (const [userId, person] of this.#people) {
      if (nowMs < person.lookAtMs) continue
      const { state, changesAtMs } = liveStateOf(person, nowMs, this.#options)
      person.lookAtMs = changesAtMs ?? Number.POSITIVE_INFINITY
      if (state !== person.told) changed.push({ userId, state })
      person.told = state
      if (state === 'offline') this.#people.delete(userId)
    }
    if (changed.length > 0) for (const listener of this.#listeners) listener(changed)
  }

  #person(userId: UserId): Person {
    const known = this.#people.get(userId)
    if (known !== undefined) return known
    const person: Person = { here: new Map(), left: undefined, told: 'offline', lookAtMs: 0 }
    this.#people.set(userId, person)
    return person
  }

  #leftStill({ left }: Person, nowMs: number): DevicesLeft | undefined {
    return left !== undefined && nowMs < left.leftAtMs + this.#options.offlineAfterMs ? left : undefined
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
