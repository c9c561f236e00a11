import type { UserEvent } from '@glasshouse/contracts'
import { parseId, type UserId } from '@glasshouse/kernel'
import type { UserRecord, UserReplica } from './ports.ts'

/** How a person is shown beside what they wrote. */
export interface ShownUser {
  readonly username: string
  readonly displayName: string
  readonly bot: boolean
  /** Nobody could tell who it is just now. */
  readonly degraded: boolean
}

const UNKNOWN: ShownUser = { username: 'unknown user', displayName: 'Unknown user', bot: false, degraded: true }

interface CachedUser extends ShownUser {
  readonly accountCreatedAtMs: number
  readonly version: number
}

export interface UserNamesOptions {
  readonly replica: UserReplica
  readonly fetchUsers: (ids: readonly UserId[]) => Promise<readonly UserRecord[]>
  readonly cachedUsersMax: number
  readonly log: (line: string) => void
}

/**
 * People's names, by a chain in which each link is asked only for whom the one before does not know: the local cache, the replica in
 * chat's own database, identity itself. Whom none of them knows is shown as unknown, and asked for again the next time.
 */
export class UserNames {
  /** The least recently used first. */
  readonly #cache = new Map<UserId, CachedUser>()
  readonly #options: UserNamesOptions

  constructor(options: UserNamesOptions) {
    this.#options = options
  }

  /** What the cache knows, without waiting. */
  cached(id: UserId): ShownUser | undefined {
    const user = this.#cache.get(id)
    if (user === undefined) return undefined
    this.#cache.delete(id)
    this.#cache.set(id, user)
    return user
  }

  /** Since when somebody has an account, without waiting; undefined for whom the cache does not know. */
  accountCreatedAtMs(id: UserId): number | undefined {
    return this.#cache.get(id)?.accountCreatedAtMs
  }

  /** Never fails: whoever cannot be found out is unknown. */
  async find(ids: ReadonlySet<UserId>): Promise<(id: UserId) => ShownUser> {
    const found = new Map<UserId, ShownUser>()
    let missing: UserId[] = []
    for (const id of ids) {
      const user = this.cached(id)
      if (user === undefined) missing.push(id)
      else found.set(id, user)
    }
    if (missing.length > 0) missing = this.#take(await this.#options.replica.find(missing), missing, found)
    if (missing.length > 0) this.#take(await this.#fetch(missing), missing, found)
    return (id) => found.get(id) ?? UNKNOWN
  }

  async onUserEvent(event: UserEvent): Promise<void> {
    if (event.event_type === 'session_revoked') return
    const id = parseId<UserId>(event.user_id)
    if (id === undefined) return
    await this.#learn([
      {
        id,
        username: event.username,
        displayName: event.display_name,
        bot: event.bot,
        role: event.role,
        state: event.state,
        accountCreatedAtMs: Date.parse(event.account_created_at),
        version: event.version,
      },
    ])
  }

  async #fetch(ids: readonly UserId[]): Promise<readonly UserRecord[]> {
    try {
      const users = await this.#options.fetchUsers(ids)
      await this.#learn(users)
      return users
    } catch (error) {
      this.#options.log(`names of ${ids.length} people could not be asked for: ${String(error)}`)
      return []
    }
  }

  async #learn(users: readonly UserRecord[]): Promise<void> {
    if (users.length === 0) return
    await this.#options.replica.upsert(users)
    for (const user of users) this.#remember(user)
  }

  /** Puts those who are among the users into `found`; returns those who are not. */
  #take(users: readonly UserRecord[], wanted: readonly UserId[], found: Map<UserId, ShownUser>): UserId[] {
    for (const user of users) {
      this.#remember(user)
      found.set(user.id, { username: user.username, displayName: user.displayName, bot: user.bot, degraded: false })
    }
    return wanted.filter((id) => !found.has(id))
  }

  #remember({ id, username, displayName, bot, version, accountCreatedAtMs }: UserRecord): void {
    const known = this.#cache.get(id)
    // A read that began before an event may end after it.
    if (known !== undefined && known.version > version) return
    this.#cache.delete(id)
    this.#cache.set(id, { username, displayName, bot, version, accountCreatedAtMs, degraded: false })
    if (this.#cache.size <= this.#options.cachedUsersMax) return
    const oldest = this.#cache.keys().next()
    if (oldest.done !== true) this.#cache.delete(oldest.value)
  }
}
