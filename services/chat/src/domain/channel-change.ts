/** What may become of a channel itself. The facts are those of one moment, under the lock of its head. */
import { err, ok, type Result } from '@glasshouse/kernel'
import { isConversation } from './channel-access.ts'
import type { ChannelName } from './channel-name.ts'
import { actingRole, type ChannelFacts, type MembershipFault, type MembershipRights } from './membership.ts'

export interface ChannelEdit {
  readonly name?: ChannelName
  readonly topic?: string
  readonly description?: string
  /** Null: as everywhere. */
  readonly rateLimit?: { readonly count: number; readonly windowS: number } | null
  readonly isDefault?: boolean
  /** Messages that break a rule wait for a moderator. */
  readonly moderated?: boolean
}

export type ChannelChange =
  { readonly kind: 'edit'; readonly edit: ChannelEdit } | { readonly kind: 'archive' | 'restore' }

export interface ChannelRights extends MembershipRights {
  /** Says which channels new accounts join. */
  readonly setsDefault: boolean
}

/** `unchanged`: it is so already, and takes no place in the stream. */
export type ChannelDecision = Result<ChannelChange | 'unchanged', MembershipFault>

export function decideChannelChange(
  facts: ChannelFacts & { readonly isLobby: boolean },
  rights: ChannelRights,
  change: ChannelChange,
): ChannelDecision {
  const acting = actingRole(facts, rights)
  if (!acting.ok) return acting
  const action = change.kind === 'edit' ? 'channel.edit' : 'channel.archive'
  if (isConversation(facts.type)) return err('fixed')
  if (!rights.may(acting.value, action)) return err('not_allowed')
  switch (change.kind) {
    case 'archive':
      if (facts.isLobby) return err('fixed')
      return ok(facts.archived ? 'unchanged' : change)
    case 'restore':
      return ok(facts.archived ? change : 'unchanged')
    case 'edit': {
      const { name, isDefault, ...rest } = change.edit
      if (facts.archived) return err('archived')
      if (name !== undefined && facts.isLobby) return err('fixed')
      if (isDefault !== undefined && !rights.setsDefault) return err('not_allowed')
      if (isDefault === true && facts.type !== 'public') return err('fixed')
      const isNothing = name === undefined && isDefault === undefined && Object.keys(rest).length === 0
      return ok(isNothing ? 'unchanged' : change)
    }
  }
}
