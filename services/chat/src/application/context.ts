import type { ChangeRates } from './change-rates.ts'
import type { ChannelRules } from './channel-rules.ts'
import type { PeoplePresence } from './people-presence.ts'
import type { ChatLimits, ChatPorts } from './ports.ts'
import type { StreamListeners } from './stream-listeners.ts'
import type { UserNames } from './user-names.ts'

/** What the use cases have in common. */
export interface ChatContext {
  readonly ports: ChatPorts
  readonly limits: ChatLimits
  readonly names: UserNames
  readonly listeners: StreamListeners
  readonly rules: ChannelRules
  readonly changeRates: ChangeRates
  /** Of lists of words: what each one changes is kept in the audit log for ever. */
  readonly wordRates: ChangeRates
  readonly people: PeoplePresence
  /** Of changes of read positions and of preferences: devices make them by themselves, so they have a limit of their own. */
  readonly readRates: ChangeRates
  /** There may be something for the relay to tell. */
  readonly pokeRelay: () => void
}
