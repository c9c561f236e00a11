import { failure, type Caller, type DeviceState, type Failure, type Presence } from '@glasshouse/contracts'
import { err, ok, type DeviceId, type Result, type UserId } from '@glasshouse/kernel'
import type { PresenceSource } from '../application/ports.ts'

/** People of memory: here while a device is, and told of at each change. */
export class MemoryPresenceSource implements PresenceSource {
  /** How often people were asked for. */
  reads = 0
  /** What a person says of themselves. */
  readonly said = new Map<UserId, Partial<Presence>>()
  readonly #devices = new Map<UserId, Map<DeviceId, DeviceState>>()
  readonly #listeners = new Set<(userIds: readonly UserId[]) => void>()
  readonly #mayKnow: (caller: Caller) => boolean

  constructor(mayKnow: (caller: Caller) => boolean = () => true) {
    this.#mayKnow = mayKnow
  }

  permit(caller: Caller): Result<void, Failure> {
    return this.#mayKnow(caller) ? ok() : err(failure('permission.denied'))
  }

  find(userIds: readonly UserId[]): Promise<readonly Presence[]> {
    this.reads++
    return Promise.resolve(
      userIds.map((userId) => ({ user_id: userId, state: this.#state(userId), ...this.said.get(userId) })),
    )
  }

  onChange(listener: (userIds: readonly UserId[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  changed(userIds: readonly UserId[]): void {
    for (const listener of this.#listeners) listener(userIds)
  }

  deviceHere({ userId }: Caller, deviceId: DeviceId, { state }: { state: DeviceState; acted: boolean }): void {
    const devices = this.#devices.get(userId) ?? new Map<DeviceId, DeviceState>()
    if (devices.get(deviceId) === state) return
    this.#devices.set(userId, devices.set(deviceId, state))
    this.changed([userId])
  }

  deviceLeft({ userId }: Caller, deviceId: DeviceId): void {
    const devices = this.#devices.get(userId)
    devices?.delete(deviceId)
    if (devices?.size === 0) this.#devices.delete(userId)
    this.changed([userId])
  }

  #state(userId: UserId): Presence['state'] {
    const devices = this.#devices.get(userId)
    if (devices === undefined) return 'offline'
    return [...devices.values()].includes('active') ? 'active' : 'away'
  }
}
