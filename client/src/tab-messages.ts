/** What the tabs of one browser session say to each other. One tab leads: it has the connection, and the others follow it. */
import type { ClientFrame, ServerFrame } from '@glasshouse/contracts'
import type { Branded } from '@glasshouse/kernel'
import type { ApiError } from './api-error.ts'
import type { LineStatus, StreamPosition } from './line.ts'

/**
 * Grows when these messages, or what they mean, change. It is part of the name under which tabs meet: after a deploy a tab of the build
 * before and one of the build after do not share, and each version has a connection of its own until the old tabs are loaded again.
 */
export const TABS_VERSION = 1

export type TabId = Branded<string, 'TabId'>

/** What each tab shows of the one connection. */
export interface LineFigures {
  readonly rttMs: number | undefined
  readonly sessionId: string | undefined
  /** How many tabs share it. */
  readonly tabs: number
}

/** To all. */
export type Announcement =
  /** Asks for who leads. */
  | { readonly type: 'who' }
  /** `answers`: to one who asked, maybe long ago; whoever has found a leader meanwhile stays with it. */
  | { readonly type: 'leads'; readonly answers?: true }
  /** Whoever led does so no more. */
  | { readonly type: 'left' }

export type ToLeader =
  /** Follows from now on. `attachment` comes back in `welcome`: whatever comes before that is of an earlier one. */
  | { readonly type: 'attach'; readonly attachment: number; readonly wants: readonly string[] }
  | { readonly type: 'detach' }
  | { readonly type: 'want'; readonly stream: string }
  | { readonly type: 'drop'; readonly stream: string; readonly tell: boolean }
  | { readonly type: 'send'; readonly frame: ClientFrame }
  /** `took`: frames of this attachment so far. */
  | { readonly type: 'ping'; readonly took: number }
  /** The network or a tab is back. */
  | { readonly type: 'wake' }
  | { readonly type: 'connect' }
  | { readonly type: 'give_up'; readonly closeCode: number }

export type ToTab =
  | {
      readonly type: 'welcome'
      readonly attachment: number
      readonly status: LineStatus
      readonly up: boolean
      readonly figures: LineFigures
    }
  | { readonly type: 'status'; readonly status: LineStatus; readonly figures: LineFigures }
  | { readonly type: 'up'; readonly restored: readonly StreamPosition[] }
  | { readonly type: 'down' }
  | { readonly type: 'frame'; readonly frame: ServerFrame }
  | { readonly type: 'pong'; readonly figures: LineFigures }
  /** The one who speaks is not known here: it has to attach. */
  | { readonly type: 'stranger' }
  | { readonly type: 'fault'; readonly error: ApiError }

export type TabMessage = Announcement | ToLeader | ToTab
