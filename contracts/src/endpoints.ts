/**
 * A REST route as data, and what answers it. Services offer endpoints; the gateway mounts them: it checks the caller and the
 * schemas, and turns a Failure into the error answer. So a service knows nothing of HTTP servers, and openapi.json cannot differ
 * from what is checked.
 */
import type { AuthSessionId, RequestId, Result, UserId } from '@glasshouse/kernel'
import type { Static, TSchema } from 'typebox'
import type { Failure } from './errors.ts'
import type { Permission } from './permissions.ts'
import type { Role } from './users.ts'

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api`, with parameters as `{name}`. */
  readonly path: string
  readonly summary: string
  /** What the caller's role must allow; asked again by the use case. */
  readonly permission: Permission
  readonly params?: TSchema
  readonly query?: TSchema
  readonly body?: TSchema
  /** The schema of each answer that is no error, by HTTP status; null for an empty one. */
  readonly answers: Readonly<Record<number, TSchema | null>>
}

/** Somebody who has signed in. */
export interface Caller {
  readonly userId: UserId
  readonly username: string
  readonly displayName: string
  readonly role: Role
  readonly sessionId: AuthSessionId
  readonly door: 'token' | 'cookie'
  /** When the proof of identity ends, milliseconds since 1970. */
  readonly expiresAtMs: number
}

type Fields<Schema> = Schema extends TSchema ? Static<Schema> : undefined

export interface EndpointRequest<R extends Route> {
  readonly caller: Caller | undefined
  readonly params: Fields<R['params']>
  readonly query: Fields<R['query']>
  readonly body: Fields<R['body']>
  /** The client's network address. */
  readonly address: string
  readonly userAgent: string
  readonly requestId: RequestId
  /** The value of the browser session's cookie, sealed. */
  readonly cookie: string | undefined
}

export interface EndpointAnswer {
  readonly status: number
  readonly body?: unknown
  /** Sets the browser session's cookie (a sealed value and its age in seconds), or clears it with null. */
  readonly sessionCookie?: { readonly value: string; readonly maxAgeS: number } | null
}

export interface Endpoint {
  readonly route: Route
  handle(request: EndpointRequest<Route>): Promise<Result<EndpointAnswer, Failure>>
  /**
   * Where a route is open to some who have not signed in, and not everywhere: whether it is to them here. It is asked before anything else
   * of the request is looked at; the values of the path are as they came.
   */
  admitVisitor?(params: Readonly<Record<string, string>>): Result<void, Failure>
}

/** Ties a handler to its route, with the types of the route's schemas. */
export function endpoint<R extends Route>(
  route: R,
  handle: (request: EndpointRequest<R>) => Promise<Result<EndpointAnswer, Failure>>,
  more: Pick<Endpoint, 'admitVisitor'> = {},
): Endpoint {
  // The gateway checks each part against the route's schema before it calls, which is what makes this narrowing true.
  return { ...more, route, handle }
}
