/** Bounds of the HTTP door. Each can be set. */
export interface HttpLimits {
  /** Largest JSON body. */
  readonly bodyBytesMax: number
  readonly headerBytesMax: number
  /** Connections open at once, live ones included; further ones are closed at once. */
  readonly connectionsMax: number
  /** Requests of a connection that wait for the answer to the one before; one more ends it. */
  readonly pipelinedRequestsMax: number
  /** For a request's headers to arrive. */
  readonly headersTimeoutMs: number
  /** For a whole request to arrive, its body included; never less than its headers may take. */
  readonly requestTimeoutMs: number
  /** How long an idle connection is kept for the next request. */
  readonly keepAliveTimeoutMs: number
  readonly readinessTimeoutMs: number
  readonly readinessCacheMs: number
  /** At drain: time for requests under way to be answered. */
  readonly drainTimeoutMs: number
}

export const HTTP_LIMITS: HttpLimits = {
  bodyBytesMax: 256 * 1024,
  headerBytesMax: 16 * 1024,
  connectionsMax: 16_000,
  pipelinedRequestsMax: 64,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 72_000,
  readinessTimeoutMs: 1_000,
  readinessCacheMs: 1_000,
  drainTimeoutMs: 3_000,
}

export interface HttpSettings {
  readonly host: string
  /** 0: the system chooses. */
  readonly port: number
  /** The address at which people reach Glasshouse, when a proxy stands before it. On loopback pages of other hosts are foreign without it. */
  readonly publicUrl?: string
  /** Addresses and networks (CIDR, or `loopback`) whose X-Forwarded-* headers are believed. */
  readonly trustedProxies: readonly string[]
}

export const SESSION_COOKIE = 'glasshouse_session'
