import type { TimelineMessage } from '@glasshouse/client'
import type { ModeratedMessage } from '@glasshouse/contracts'
import { SvelteSet } from 'svelte/reactivity'
import type { ChannelView } from './channel-view.svelte.ts'
import { messageRights, WITHOUT_A_WORD, type MessageRights } from './message-rights.ts'
import type { Saved } from './saved.svelte.ts'
import type { Unread } from './unread.svelte.ts'

/** What opens over the messages for one of them. */
export interface MessageOverlay {
  readonly kind: 'menu' | 'emoji' | 'delete' | 'history' | 'remind' | 'report' | 'remove'
  readonly message: TimelineMessage
  /** What it stands by, and where the focus goes back to. */
  readonly anchor: HTMLElement
}

/** What a person does with the messages of a channel, by whatever hand: hover, long press, keyboard. */
export class MessageCommands {
  readonly #view: ChannelView
  readonly #openThread: (messageId: string) => void
  readonly #unread: Unread | undefined
  readonly #saved: () => Saved | undefined
  overlay = $state.raw<MessageOverlay>()
  /** The message whose text is being changed. */
  editingId = $state<string>()
  /** What this person has reported since the page was opened. */
  readonly reported = new SvelteSet<string>()
  /** What they removed last, while that can be undone. */
  removed = $state.raw<ModeratedMessage>()
  /** Said once it is done, for those who do not see it. */
  said = $state('')

  constructor(
    view: ChannelView,
    openThread: (messageId: string) => void,
    unread?: Unread,
    saved: () => Saved | undefined = () => undefined,
  ) {
    this.#view = view
    this.#openThread = openThread
    this.#unread = unread
    this.#saved = saved
  }

  rights(message: TimelineMessage): MessageRights {
    const rights = messageRights(message, this.#view.user, this.#view.channel)
    return this.#view.restricted ? { ...rights, ...WITHOUT_A_WORD } : rights
  }

  open(overlay: MessageOverlay): void {
    this.overlay = overlay
  }

  /** The shortcut that this key is, on a message that has the focus. Returns whether it was one. */
  press(key: string, message: TimelineMessage, anchor: HTMLElement): boolean {
    const rights = this.rights(message)
    if (key === 'Enter' || key === 'm' || key === 'ContextMenu') this.open({ kind: 'menu', message, anchor })
    else if ((key === '+' || key === ':') && rights.react) this.open({ kind: 'emoji', message, anchor })
    else if (key === 'r' && rights.reply) this.reply(message)
    else if (key === 'e' && rights.edit) this.edit(message)
    else if (key === 'p' && rights.pin) void this.togglePin(message)
    else if (key === 'u' && this.mayMarkUnread(message)) void this.markUnread(message)
    else if ((key === 'Delete' || key === 'Backspace') && rights.delete) this.open({ kind: 'delete', message, anchor })
    else return false
    return true
  }

  reply(message: TimelineMessage): void {
    this.#view.replyTo = message.thread_id ?? message.id
    this.#openThread(message.thread_id ?? message.id)
  }

  edit(message: TimelineMessage): void {
    this.editingId = message.id
  }

  /** Begins to edit one's own newest message among these. Returns whether there is one. */
  editLast(messages: readonly TimelineMessage[]): boolean {
    const last = messages.findLast(
      (message) => message.changed_seq > 0 && this.rights(message).edit && this.#view.isMine(message),
    )
    if (last === undefined) return false
    this.edit(last)
    return true
  }

  togglePin(message: TimelineMessage): Promise<boolean> | undefined {
    const on = message.pinned_at === undefined
    this.said = on ? 'Pinned' : 'Unpinned'
    return this.#view.changes?.pin(message, on)
  }

  /** In a channel that one is in, and in a thread that one follows. */
  mayMarkUnread({ thread_id: rootId, channel_id: channelId }: TimelineMessage): boolean {
    return (rootId === undefined ? this.#unread?.channel(channelId) : this.#unread?.thread(rootId)) !== undefined
  }

  async markUnread(message: TimelineMessage): Promise<void> {
    this.said = (await this.#view.changes?.markUnread(message)) ? 'Marked as unread from here' : ''
  }

  /** On whichever device. */
  isSaved({ id }: TimelineMessage): boolean {
    return this.#saved()?.has(id) === true
  }

  /** Or takes it off. */
  async toggleSaved(message: TimelineMessage): Promise<void> {
    const on = !this.isSaved(message)
    const done = await this.#view.changes?.save(message, on)
    this.said = done ? (on ? 'Saved' : 'Removed from saved') : ''
  }

  async copy(text: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      this.said = `${what} copied`
    } catch {
      // Over plain http, or without leave, a browser copies nothing by itself: then the person does.
      window.prompt(`Copy the ${what.toLowerCase()}:`, text)
    }
  }
}
