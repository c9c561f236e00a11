/** Identity's only door: who somebody is. Ports come from outside; `@glasshouse/identity/adapters` has those for PostgreSQL. */
import type {
  Caller,
  ChangePasswordRequest,
  Failure,
  LoginAnswer,
  LoginRequest,
  OwnSessionList,
  PublicUser,
  PublicUserList,
  SessionsEnded,
  SetupRequest,
  UpdateSelfRequest,
  User,
  UserEvent,
  WebSession,
} from '@glasshouse/contracts'
import { failure } from '@glasshouse/contracts'
import { err, ok, type AuthSessionId, type Result, type Service, type UserId } from '@glasshouse/kernel'
import { toUser } from './application/account-views.ts'
import { authenticateToken } from './application/authenticate-token.ts'
import type { Visitor } from './application/begin-session.ts'
import { changePassword, updateSelf } from './application/change-own-account.ts'
import { createAdmin, type CreatedAdmin } from './application/create-admin.ts'
import { endSession } from './application/end-session.ts'
import { ensureDemoUser } from './application/ensure-demo-user.ts'
import { getUsersByIds, type PersonSummary } from './application/get-users-by-ids.ts'
import { importUsers } from './application/import-users.ts'
import type { AccountFields } from './application/new-account-fields.ts'
import { endOtherSessions, endOwnSession, listOwnSessions, type ListSessionsQuery } from './application/own-sessions.ts'
import type { IdentityPorts, ImportedAccount, ImportedPerson, KnownImport } from './application/ports.ts'
import { getUser, listUsers, type ListUsersQuery } from './application/read-users.ts'
import { refreshSession } from './application/refresh-session.ts'
import { registerUser } from './application/register-user.ts'
import { SessionDirectory, type SessionEndedListener } from './application/session-directory.ts'
import { FirstAdminSetUp } from './application/set-up-first-admin.ts'
import { setPasswordByOperator, type PasswordSet } from './application/set-password-by-operator.ts'
import { signInBrowser, toWebSession, type BrowserSignIn } from './application/sign-in-browser.ts'
import { signInProgram } from './application/sign-in-program.ts'
import { createSweeper } from './application/sweep-expired-sessions.ts'
import { verifyBrowserSession } from './application/verify-browser-session.ts'

export type * from './application/ports.ts'
export type { Visitor } from './application/begin-session.ts'
export type { CreatedAdmin } from './application/create-admin.ts'
export type { PersonSummary } from './application/get-users-by-ids.ts'
export type { AccountFields } from './application/new-account-fields.ts'
export type { ListSessionsQuery } from './application/own-sessions.ts'
export type { ListUsersQuery } from './application/read-users.ts'
export type { SessionEndedListener } from './application/session-directory.ts'
export type { PasswordSet } from './application/set-password-by-operator.ts'
export type { BrowserSignIn } from './application/sign-in-browser.ts'

export interface Identity {
  register(fields: AccountFields, caller: Caller | undefined): Promise<Result<User, Failure>>
  /** The one-time code for `setUp`, to be shown in the terminal while `isSetUpNeeded`. */
  readonly setUpCode: string
  isSetUpNeeded(): Promise<boolean>
  setUp(request: SetupRequest): Promise<Result<User, Failure>>
  createAdmin(fields: AccountFields): Promise<Result<CreatedAdmin, Failure>>
  /** For visitors who write in the Lobby; before anything runs. */
  ensureDemoUser(): Promise<void>
  importUsers(source: string, people: readonly ImportedPerson[]): Promise<ReadonlyMap<string, ImportedAccount>>
  /** Who came with that import, of whatever state. */
  importedPeople(source: string): Promise<readonly KnownImport[]>
  /** Whether there is any account, of whatever state, but those of the house itself. */
  hasAccounts(): Promise<boolean>
  setPassword(username: string, password: string): Promise<Result<PasswordSet, Failure>>

  listUsers(caller: Caller, query: ListUsersQuery): Promise<Result<PublicUserList, Failure>>
  getUser(caller: Caller, id: UserId): Promise<Result<User | PublicUser, Failure>>
  getSelf(caller: Caller): Promise<Result<User, Failure>>
  updateSelf(caller: Caller, request: UpdateSelfRequest): Promise<Result<User, Failure>>
  /** `address`: the client's, for the throttle. */
  changePassword(
    caller: Caller,
    request: ChangePasswordRequest & { readonly address: string },
  ): Promise<Result<SessionsEnded, Failure>>
  usersByIds(ids: readonly UserId[]): Promise<readonly PersonSummary[]>

  signInProgram(request: LoginRequest, visitor: Visitor): Promise<Result<LoginAnswer, Failure>>
  refresh(refreshToken: string): Promise<Result<LoginAnswer, Failure>>
  /** `cookie` is what the browser had before: its session ends. */
  signInBrowser(
    request: LoginRequest,
    visitor: Visitor & { readonly cookie: string | undefined },
  ): Promise<Result<BrowserSignIn, Failure>>
  webSession(caller: Caller): Promise<Result<WebSession, Failure>>
  signOut(caller: Caller): Promise<void>
  listSessions(caller: Caller, query: ListSessionsQuery): Promise<Result<OwnSessionList, Failure>>
  endOwnSession(caller: Caller, id: AuthSessionId): Promise<Result<undefined, Failure>>
  endOtherSessions(caller: Caller): Promise<Result<SessionsEnded, Failure>>

  authenticateToken(token: string): Promise<Result<Caller, Failure>>
  authenticateCookie(sealed: string): Promise<Result<Caller, Failure>>
  csrfToken(sessionId: AuthSessionId): string
  checkCsrf(sessionId: AuthSessionId, token: string): boolean
  /** Called at once for ends in this process, and by event for those in others; may be called twice for one. Returns what unsubscribes. */
  onSessionEnded(listener: SessionEndedListener): () => void
  /** To be called with each event of `user-events`: what other processes changed is then known here. */
  onUserEvent(event: UserEvent): void

  readonly services: readonly Service[]
}

export function createIdentity(ports: IdentityPorts): Identity {
  const directory = new SessionDirectory(ports)
  const context = { ports, directory }
  const firstAdmin = new FirstAdminSetUp(ports)
  return {
    register: (fields, caller) => registerUser(ports, fields, caller),
    setUpCode: firstAdmin.code,
    isSetUpNeeded: () => firstAdmin.isNeeded(),
    setUp: (request) => firstAdmin.setUp(request),
    createAdmin: (fields) => createAdmin(ports, fields),
    ensureDemoUser: () => ensureDemoUser(ports),
    importUsers: (source, people) => importUsers(ports, source, people),
    importedPeople: (source) => ports.accounts.importedPeople(source),
    hasAccounts: () => ports.accounts.hasAccounts(),
    setPassword: (username, password) => setPasswordByOperator(context, username, password),

    listUsers: (caller, query) => listUsers(ports.accounts, caller, query),
    getUser: (caller, id) => getUser(ports.accounts, caller, id),
    getSelf: async (caller) => {
      const account = await ports.accounts.find(caller.userId)
      return account === undefined ? err(failure('auth.session_ended')) : ok(toUser(account))
    },
    updateSelf: (caller, request) => updateSelf(context, caller, request),
    changePassword: (caller, request) => changePassword(context, caller, request),
    usersByIds: (ids) => getUsersByIds(ports.accounts, ids),

    signInProgram: (request, visitor) => signInProgram(context, request, visitor),
    refresh: (refreshToken) => refreshSession(context, refreshToken),
    signInBrowser: (request, visitor) => signInBrowser(context, request, visitor),
    webSession: async (caller) => {
      if (caller.door !== 'cookie') return err(failure('not_found', { message: 'A token has no browser session.' }))
      const live = await directory.find(caller.sessionId)
      if (live === undefined) return err(failure('auth.session_ended'))
      return ok(toWebSession(ports, live.account, live.session))
    },
    signOut: (caller) => endSession(context, { id: caller.sessionId, userId: caller.userId }),
    listSessions: (caller, query) => listOwnSessions(ports, caller, query),
    endOwnSession: (caller, id) => endOwnSession(context, caller, id),
    endOtherSessions: (caller) => endOtherSessions(context, caller),

    authenticateToken: (token) => authenticateToken(context, token),
    authenticateCookie: (sealed) => verifyBrowserSession(context, sealed),
    csrfToken: (sessionId) => ports.csrf.tokenFor(sessionId),
    checkCsrf: (sessionId, token) => ports.csrf.check(sessionId, token),
    onSessionEnded: (listener) => directory.onEnded(listener),
    onUserEvent: (event) => {
      if (event.event_type === 'session_revoked') directory.ended(event.sid as AuthSessionId, event.user_id as UserId)
      else directory.accountChanged(event.user_id as UserId)
    },

    services: [createSweeper(ports)],
  }
}
