import type { IncomingHttpHeaders } from 'node:http'
import { ERRORS, failure, may, type Caller, type Failure, type Route } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import type { Authentication } from '../application/ports.ts'
import { SESSION_COOKIE } from './http-settings.ts'
import { cookieOf, type RequestOrigin, type RequestOrigins } from './request-origin.ts'

const SAFE_METHODS: readonly Route['method'][] = ['GET']

/**
 * Who calls: a token, which must be good wherever it is given; else a browser's cookie, which counts as nobody when it is not; else
 * nobody.
 */
export async function resolveCaller(
  headers: IncomingHttpHeaders,
  authentication: Authentication,
): Promise<Result<Caller | undefined, Failure>> {
  const bearer = bearerOf(headers)
  if (bearer !== undefined) return authentication.authenticateToken(bearer)
  const cookie = cookieOf(headers.cookie, SESSION_COOKIE)
  if (cookie === undefined) return ok(undefined)
  const browser = await authentication.authenticateCookie(cookie)
  if (browser.ok) return browser
  return ERRORS[browser.error.code].http >= 500 ? browser : ok(undefined)
}

/** The token of `Authorization: Bearer`; empty, which is no good one, when the scheme comes without. Other schemes are ignored. */
export function bearerOf({ authorization }: IncomingHttpHeaders): string | undefined {
  const bearer = /^bearer(?:\s(.*))?$/i.exec(authorization ?? '')
  return bearer === null ? undefined : (bearer[1] ?? '').trim()
}

/** Whether the caller's role may call the route. */
export function permit(caller: Caller | undefined, route: Route): Result<void, Failure> {
  if (may(caller?.role ?? 'anonymous', route.permission)) return ok()
  return err(failure(caller === undefined ? 'auth.required' : 'permission.denied'))
}

/**
 * A browser sends its cookie with whatever a foreign page makes it send. So an unsafe request that a cookie authenticates must come
 * from a page of ours and carry the token that only our pages know. Requests that the web app makes inside this process are exempt:
 * it has checked the form that it answers. What nobody signs is the doing of whoever sits at the browser all the same, and a foreign page
 * may not do it for them; and who means to act as themselves, with that token, does not become nobody when their session has ended.
 */
export function checkForgery(
  request: {
    readonly caller: Caller | undefined
    readonly route: Route
    readonly headers: IncomingHttpHeaders
    readonly origin: RequestOrigin
  },
  checks: { readonly origins: RequestOrigins; readonly authentication: Authentication },
): Result<void, Failure> {
  const { caller, route, headers, origin } = request
  if (caller?.door === 'token' || SAFE_METHODS.includes(route.method)) return ok()
  const token = headers['x-csrf-token']
  if (caller === undefined && token !== undefined) return err(failure('auth.session_ended'))
  if (origin.internal) return ok()
  if (headers.origin !== undefined && !checks.origins.isOurs(headers.origin, origin)) {
    return err(failure('request.forbidden_origin'))
  }
  if (caller === undefined) return ok()
  if (typeof token !== 'string' || !checks.authentication.checkCsrf(caller.sessionId, token)) {
    return err(failure('request.csrf'))
  }
  return ok()
}
