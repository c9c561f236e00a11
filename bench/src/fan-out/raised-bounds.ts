/** Bounds of the live door that the fan-out measurements raise: the contestants have none, and nobody is pinged while it is measured. */
export const RAISED_BOUNDS = {
  socketsPerUserMax: 1_000_000,
  opensPerUserMax: 1_000_000,
  socketsPerAddressMax: 1_000_000,
  framesPerSecondMax: 1_000_000,
  heartbeatIntervalMs: 300_000,
} as const

/** The same for the whole server, whose heartbeats cannot be set any longer. */
export const NOT_PINGED = { LIVE_HEARTBEAT_MS: '120000' } as const
