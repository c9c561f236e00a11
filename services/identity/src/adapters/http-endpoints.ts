import {
  endpoint,
  failure,
  ROUTES,
  type Caller,
  type Endpoint,
  type Failure,
  type LoginRequest,
} from '@glasshouse/contracts'
import { err, ok, parseId, type AuthSessionId, type Result, type UserId } from '@glasshouse/kernel'
import type { Identity } from '../index.ts'

/** Identity over REST. The gateway mounts these, having checked the caller and the schemas. */
export function identityEndpoints(identity: Identity): readonly Endpoint[] {
  return [
    ...accountEndpoints(identity),
    ...tokenEndpoints(identity),
    ...browserEndpoints(identity),
    ...sessionEndpoints(identity),
  ]
}

function accountEndpoints(identity: Identity): readonly Endpoint[] {
  return [
    endpoint(ROUTES.setUp, async ({ body }) => answer(201, await identity.setUp(body))),
    endpoint(ROUTES.register, async ({ body, caller }) => answer(201, await identity.register(body, caller))),
    endpoint(ROUTES.listUsers, ({ caller, query }) =>
      signedIn(caller, async (self) => answer(200, await identity.listUsers(self, query))),
    ),
    endpoint(ROUTES.getSelf, ({ caller }) =>
      signedIn(caller, async (self) => answer(200, await identity.getSelf(self))),
    ),
    endpoint(ROUTES.updateSelf, ({ caller, body }) =>
      signedIn(caller, async (self) => answer(200, await identity.updateSelf(self, body))),
    ),
    endpoint(ROUTES.changePassword, ({ caller, body, address }) =>
      signedIn(caller, async (self) => answer(200, await identity.changePassword(self, { ...body, address }))),
    ),
    endpoint(ROUTES.getUser, ({ caller, params }) =>
      signedIn(caller, async (self) => {
        const id = parseId<UserId>(params.user_id)
        return id === undefined ? err(failure('not_found')) : answer(200, await identity.getUser(self, id))
      }),
    ),
  ]
}

function tokenEndpoints(identity: Identity): readonly Endpoint[] {
  const login = async (request: { body: LoginRequest; address: string; userAgent: string }) =>
    answer(200, await identity.signInProgram(request.body, request))
  return [
    endpoint(ROUTES.login, login),
    endpoint(ROUTES.loginAlias, login),
    endpoint(ROUTES.refresh, async ({ body }) => answer(200, await identity.refresh(body.refresh_token))),
  ]
}

function browserEndpoints(identity: Identity): readonly Endpoint[] {
  const signOut = ({ caller }: { caller: Caller | undefined }) =>
    signedIn(caller, async (self) => {
      await identity.signOut(self)
      // A program may send a browser's cookie along, which is not what it signs out of.
      return ok(self.door === 'cookie' ? { status: 204, sessionCookie: null } : { status: 204 })
    })
  return [
    endpoint(ROUTES.logout, signOut),
    endpoint(ROUTES.createWebSession, async ({ body, address, userAgent, cookie }) => {
      const signedInNow = await identity.signInBrowser(body, { address, userAgent, cookie })
      if (!signedInNow.ok) return signedInNow
      const { session, cookie: value, cookieMaxAgeS: maxAgeS } = signedInNow.value
      return ok({ status: 201, body: session, sessionCookie: { value, maxAgeS } })
    }),
    endpoint(ROUTES.getWebSession, ({ caller }) =>
      signedIn(caller, async (self) => answer(200, await identity.webSession(self))),
    ),
    endpoint(ROUTES.endWebSession, signOut),
  ]
}

function sessionEndpoints(identity: Identity): readonly Endpoint[] {
  return [
    endpoint(ROUTES.listSessions, ({ caller, query }) =>
      signedIn(caller, async (self) => answer(200, await identity.listSessions(self, query))),
    ),
    endpoint(ROUTES.endOtherSessions, ({ caller }) =>
      signedIn(caller, async (self) => answer(200, await identity.endOtherSessions(self))),
    ),
    endpoint(ROUTES.endOwnSession, ({ caller, params }) =>
      signedIn(caller, async (self) => {
        const id = parseId<AuthSessionId>(params.session_id)
        if (id === undefined) return err(failure('not_found'))
        const ended = await identity.endOwnSession(self, id)
        if (!ended.ok) return ended
        const isOwnCookie = self.door === 'cookie' && self.sessionId === id
        return ok(isOwnCookie ? { status: 204, sessionCookie: null } : { status: 204 })
      }),
    ),
  ]
}

/** The permission table lets nobody else through; this is for the case that it is changed. */
async function signedIn<Answer>(
  caller: Caller | undefined,
  work: (caller: Caller) => Promise<Result<Answer, Failure>>,
): Promise<Result<Answer, Failure>> {
  return caller === undefined ? err(failure('auth.required')) : await work(caller)
}

function answer<Body>(
  status: number,
  result: Result<Body, Failure>,
): Result<{ readonly status: number; readonly body: Body }, Failure> {
  return result.ok ? ok({ status, body: result.value }) : result
}
