/** What presence needs of the world. */
import type { DeviceId, Service, UserId } from '@glasshouse/kernel'
import type { Device, LiveState } from '../domain/device-presence.ts'
import type { PresenceRecord } from '../domain/shown-presence.ts'

export interface LivePresence {
  readonly userId: UserId
  readonly state: LiveState
}

/**
 * Which devices people have, and what is done on them. It is of the moment: when the board is lost, everybody is offline until their
 * devices are back. Each adapter passes device-board.contract.ts.
 */
export interface DeviceBoard {
  /** The device is here from now on; `acted`: its person did something there just now, or opened it. */
  here(
    userId: UserId,
    deviceId: DeviceId,
    device: { readonly state: Device['state']; readonly acted: boolean },
  ): Promise<void>
  /** The device is gone. Nothing when it was not here. */
  left(userId: UserId, deviceId: DeviceId): Promise<void>
  /** How these people are now; who is missing is offline. */
  find(userIds: readonly UserId[]): Promise<readonly LivePresence[]>
  /** Who is another way than was last told, together and once a sweep at most. Returns how to stop. */
  onChange(listener: (changed: readonly LivePresence[]) => void): () => void
  /** Sweeps while it runs. */
  readonly service: Service
}

/** What of a record a person sets. */
export type OwnSettings = Omit<PresenceRecord, 'lastSeenAtMs'>

/** What people say of themselves, and when they were last here. Each adapter passes presence-store.contract.ts. */
export interface PresenceStore {
  /** Those of whom something is known. */
  find(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, PresenceRecord>>
  save(userId: UserId, settings: OwnSettings): Promise<void>
  /** When people were last active. An earlier time than the known one changes nothing. */
  seen(people: ReadonlyMap<UserId, number>): Promise<void>
}

export interface PresencePorts {
  readonly devices: DeviceBoard
  readonly presence: PresenceStore
}
