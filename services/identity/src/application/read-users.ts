import {
  failure,
  may,
  PAGE_LIMIT_DEFAULT,
  type Caller,
  type Failure,
  type PublicUser,
  type PublicUserList,
  type User,
} from '@glasshouse/contracts'
import { err, ok, parseId, type Result, type UserId } from '@glasshouse/kernel'
import { nameKey } from '../domain/name-key.ts'
import { toPublicUser, toUser } from './account-views.ts'
import type { AccountStore } from './ports.ts'

/** One person: with all fields for oneself and for administrators. */
export async function getUser(
  accounts: Pick<AccountStore, 'find'>,
  caller: Caller,
  id: UserId,
): Promise<Result<User | PublicUser, Failure>> {
  if (!may(caller.role, 'user.read_public')) return err(failure('permission.denied'))
  const account = await accounts.find(id)
  if (account === undefined) return err(failure('not_found'))
  return ok(caller.userId === id || caller.role === 'admin' ? toUser(account) : toPublicUser(account))
}

export interface ListUsersQuery {
  /** The beginning of a user name or a display name, without case. */
  readonly q?: string
  readonly limit?: number
  readonly cursor?: string
}

/**
 * Active people by user name. The cursor is the id of the last one of the page before: the page goes on after that person's name, so
 * people who come and go between two pages neither repeat nor hide others.
 */
export async function listUsers(
  accounts: Pick<AccountStore, 'page'>,
  caller: Caller,
  query: ListUsersQuery,
): Promise<Result<PublicUserList, Failure>> {
  if (!may(caller.role, 'user.read_public')) return err(failure('permission.denied'))
  const after = query.cursor === undefined ? undefined : parseId<UserId>(query.cursor)
  if (query.cursor !== undefined && after === undefined) return err(badCursor())
  const limit = query.limit ?? PAGE_LIMIT_DEFAULT
  const page = await accounts.page({ prefix: nameKey(query.q ?? ''), after, limit })
  if (page === undefined) return err(badCursor())
  const last = page.accounts.at(-1)
  return ok({ items: page.accounts.map(toPublicUser), next: page.more && last !== undefined ? last.id : null })
}

function badCursor(): Failure {
  return failure('request.invalid', { path: 'cursor', message: 'cursor: is not one that a page of this list gave.' })
}
