import type { ChangeFrame, Channel } from '@glasshouse/contracts'
import { createContext } from 'svelte'
import type { ChannelView } from './channel-view.svelte.ts'
import type { Drafts } from './drafts.ts'
import type { MessageCommands } from './message-commands.svelte.ts'
import type { LiveState } from './live.svelte.ts'
import type { Outbox } from './outbox.ts'
import type { Saved } from './saved.svelte.ts'
import type { Unread } from './unread.svelte.ts'

/** What the pages of the chat have in common. An anonymous visitor has no outbox. */
interface Chat {
  readonly live: LiveState
  readonly outbox: Outbox | undefined
  readonly openSwitcher: () => void
  readonly unread: Unread
  /** Those that one is in, and the Lobby, as they are now. */
  readonly channels: () => readonly Channel[]
  /** Hears the changes of one's own stream. Returns what ends that. */
  readonly onOwnChange: (listener: (change: ChangeFrame) => void) => () => void
  /** Loaded a moment after the page; until then the browser's own copy is all that there is. */
  readonly drafts: () => Drafts | undefined
  /** Loaded with them. */
  readonly saved: () => Saved | undefined
}

export const [useChat, setChat] = createContext<Chat>()

/** What a person does with messages there. */
export const [useMessageCommands, setMessageCommands] = createContext<MessageCommands>()

/** The channel in which a thread stands. */
export const [useChannelView, setChannelView] = createContext<ChannelView>()
