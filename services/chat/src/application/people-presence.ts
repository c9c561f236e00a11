import { failure, may, type Caller, type Failure, type Presence } from '@glasshouse/contracts'
import { err, ok, type Clock, type DeviceId, type Result, type Service, type UserId } from '@glasshouse/kernel'
import { NO_RECORD, shownPresence } from '../domain/shown-presence.ts'
import type { LivePresence, PresencePorts } from './presence-ports.ts'
import { SeenJournal } from './seen-journal.ts'
import { toPresence } from './wire-presence.ts'

export interface PresenceLimits {
  /** How long it takes at most until it is written that somebody is still here. */
  readonly seenWriteIntervalMs: number
  readonly seenPerWriteMax: number
}

export type PresenceListener = (userIds: readonly UserId[]) => void

export interface PeoplePresenceOptions extends PresencePorts {
  readonly clock: Clock
  readonly limits: PresenceLimits
  readonly log: (line: string) => void
}

/** What the live hub needs of presence: it says which devices are there, and asks how people are. */
export class PeoplePresence {
  readonly service: Service
  readonly #options: PeoplePresenceOptions
  readonly #journal: SeenJournal
  readonly #listeners = new Set<PresenceListener>()
  #release: (() => void)[] = []

  constructor(options: PeoplePresenceOptions) {
    this.#options = options
    this.#journal = new SeenJournal(options.presence, options.limits.seenPerWriteMax)
    this.service = { name: 'presence', run: () => this.#run(), drain: () => this.#drain(), stop: () => this.#stop() }
  }

  /** Whether the caller may know how people are. */
  permit(caller: Caller): Result<void, Failure> {
    return may(caller.role, 'presence.read') ? ok() : err(failure('permission.denied'))
  }

  /** How these people are now, as everybody who may may see them; each is in the answer. Throws when the store cannot be read. */
  async find(userIds: readonly UserId[]): Promise<readonly Presence[]> {
    const { devices, presence, clock } = this.#options
    const [records, live] = await Promise.all([presence.find(userIds), devices.find(userIds)])
    const states = new Map(live.map(({ userId, state }) => [userId, state]))
    return userIds.map((userId) => {
      const record = records.get(userId) ?? NO_RECORD
      const lastSeenAtMs = this.#journal.newest(userId, record.lastSeenAtMs)
      return toPresence(
        userId,
        shownPresence({ ...record, lastSeenAtMs }, states.get(userId) ?? 'offline', clock.nowMs()),
      )
    })
  }

  /** These people may be another way than they were: ask again. At most once, without a promise. Returns how to stop. */
  onChange(listener: PresenceListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Somebody has set what others see of them. */
  changed(userId: UserId): void {
    this.#tell([userId])
  }

  /** A device of the caller's is there. `acted`: they did something on it just now. */
  deviceHere(caller: Caller, deviceId: DeviceId, device: { state: 'active' | 'away'; acted: boolean }): void {
    if (device.acted) this.#journal.note(caller.userId, this.#options.clock.nowMs())
    this.#options.devices.here(caller.userId, deviceId, device).catch((error: unknown) => this.#failed(error))
  }

  deviceLeft(caller: Caller, deviceId: DeviceId): void {
    this.#options.devices.left(caller.userId, deviceId).catch((error: unknown) => this.#failed(error))
  }

  async #run(): Promise<void> {
    const { devices, limits } = this.#options
    const flush = setInterval(() => void this.#flush(), limits.seenWriteIntervalMs).unref()
    this.#release = [() => clearInterval(flush), devices.onChange((changed) => void this.#devicesChanged(changed))]
    await devices.service.run()
  }

  async #drain(): Promise<void> {
    await this.#options.devices.service.drain()
    await this.#flush()
  }

  async #stop(): Promise<void> {
    for (const release of this.#release) release()
    this.#release = []
    await this.#options.devices.service.stop()
  }

  /** When they were here is written before it is told that they are not: whoever asks anywhere then finds it. */
  async #devicesChanged(changed: readonly LivePresence[]): Promise<void> {
    if (changed.some(({ state }) => state === 'offline')) await this.#flush()
    this.#tell(changed.map(({ userId }) => userId))
  }

  async #flush(): Promise<void> {
    try {
      await this.#journal.flush()
    } catch (error) {
      this.#failed(error)
    }
  }

  #tell(userIds: readonly UserId[]): void {
    for (const listener of this.#listeners) {
      try {
        listener(userIds)
      } catch (error) {
        this.#failed(error)
      }
    }
  }

  #failed(error: unknown): void {
    this.#options.log(`presence: ${String(error)}`)
  }
}
