import type { UserId } from '@glasshouse/kernel'

export type AccountRole = 'admin' | 'manager' | 'user' | 'guest'
export type AccountState = 'active' | 'disabled'

/** A person or a program with a name here. What proves who they are is never part of it. */
export interface Account {
  readonly id: UserId
  readonly username: string
  readonly displayName: string
  /** Null for those who came in by an import. */
  readonly email: string | null
  readonly role: AccountRole
  readonly state: AccountState
  readonly bot: boolean
  /** Grows by one with each change. */
  readonly version: number
  readonly createdAtMs: number
  readonly updatedAtMs: number
}
