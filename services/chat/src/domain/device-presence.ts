/**
 * Whether a person is here, from what their devices do. Pure: times are milliseconds of any clock that only goes forward.
 *
 * A device is active until its person has not acted on it for `idleAfterMs`, or until it says that it is away. A person is active when
 * any device is, away when none is and one is there, offline when none has been for `offlineAfterMs`: until then the devices that left
 * stand as they were, so a lost network or a page that is loaded again is not seen by others.
 */
import type { DeviceId } from '@glasshouse/kernel'

export interface Device {
  readonly state: 'active' | 'away'
  /** When its person last did something there, or said so. */
  readonly actedAtMs: number
}

/** All devices that left lately, as one: so that reconnecting in haste costs no memory. */
export interface DevicesLeft extends Device {
  readonly leftAtMs: number
}

export interface PersonDevices {
  readonly here: ReadonlyMap<DeviceId, Device>
  readonly left: DevicesLeft | undefined
}

export interface PresenceBounds {
  readonly idleAfterMs: number
  readonly offlineAfterMs: number
}

export type LiveState = 'active' | 'away' | 'offline'

/** The state now, and when it will be another one if nothing happens; undefined: never. */
export function liveStateOf(
  { here, left }: PersonDevices,
  nowMs: number,
  bounds: PresenceBounds,
): { readonly state: LiveState; readonly changesAtMs: number | undefined } {
  const leftUntilMs = left === undefined ? Number.NEGATIVE_INFINITY : left.leftAtMs + bounds.offlineAfterMs
  const leftCounts = nowMs < leftUntilMs
  let activeUntilMs = Number.NEGATIVE_INFINITY
  for (const { state, actedAtMs } of here.values()) {
    if (state === 'active') activeUntilMs = Math.max(activeUntilMs, actedAtMs + bounds.idleAfterMs)
  }
  if (leftCounts && left?.state === 'active') {
    activeUntilMs = Math.max(activeUntilMs, Math.min(leftUntilMs, left.actedAtMs + bounds.idleAfterMs))
  }
  if (nowMs < activeUntilMs) return { state: 'active', changesAtMs: activeUntilMs }
  if (here.size > 0) return { state: 'away', changesAtMs: undefined }
  return leftCounts ? { state: 'away', changesAtMs: leftUntilMs } : { state: 'offline', changesAtMs: undefined }
}

/** What stands for the devices that left, with one more of them. The one that was active, and acted last, counts. */
export function withLeft(left: DevicesLeft | undefined, device: Device, leftAtMs: number): DevicesLeft {
  const counts =
    left === undefined || (device.state === left.state ? device.actedAtMs >= left.actedAtMs : device.state === 'active')
  return { state: counts ? device.state : left.state, actedAtMs: counts ? device.actedAtMs : left.actedAtMs, leftAtMs }
}
