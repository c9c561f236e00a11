import { DEMO_USER_ID, failure, type Failure } from '@glasshouse/contracts'
import { err, ok, parseId, type Result, type UserId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'

const DEMO_USER_STAYS = 'Visitors write as this user, in the Lobby only: it is added nowhere.'

type PathOf = (index: number) => string

/** The ids of people who have an account, each once; refuses with the first that is nobody's. */
export async function findPeople(
  { names }: ChatContext,
  texts: readonly string[],
  pathOf: PathOf = (index) => `members.${index}`,
): Promise<Result<readonly UserId[], Failure>> {
  const ids = texts.map((text) => parseId<UserId>(text))
  const nameOf = await names.find(new Set(ids.filter((id) => id !== undefined)))
  const nobody = ids.findIndex((id) => id === undefined || nameOf(id).degraded)
  if (nobody >= 0) return err(failure('member.unknown_user', { path: pathOf(nobody) }))
  return ok([...new Set(ids as UserId[])])
}

/** The same of those who are to be added somewhere: the demo user is not. */
export async function findPeopleToAdd(
  context: ChatContext,
  texts: readonly string[],
  pathOf: PathOf = (index) => `members.${index}`,
): Promise<Result<readonly UserId[], Failure>> {
  const demoUser = texts.findIndex((text) => parseId<UserId>(text) === DEMO_USER_ID)
  if (demoUser >= 0) return err(failure('member.unknown_user', { path: pathOf(demoUser), message: DEMO_USER_STAYS }))
  return findPeople(context, texts, pathOf)
}
