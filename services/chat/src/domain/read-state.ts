/**
 * How far somebody has read, in a channel or in a thread.
 *
 * Two values, since two wishes meet. `readSeq` is what was on a screen of theirs: it only grows, so the order in which devices tell it
 * makes no difference. `mark` is what they said by hand, `unread from here`, and may go back. It is undone by a read that names it
 * only: a device that goes on showing the channel, or that has not heard of the mark yet, cannot undo it by accident; opening the channel
 * anew does. Of two marks the one at the later place of their own stream holds.
 */
export interface ReadState {
  readonly readSeq: number
  readonly mark: ReadMark | undefined
}

export interface ReadMark {
  /** The first message that is to be unread. */
  readonly seq: number
  /** The place of the mark in the person's own stream: its name. */
  readonly at: number
}

/** What comes after it is unread. */
export function readPosition({ readSeq, mark }: ReadState): number {
  return mark === undefined ? readSeq : Math.min(readSeq, mark.seq - 1)
}

export interface ReadChange {
  /** Everything up to here was seen; beyond the head it counts as the head. */
  readonly seq: number
  /** The mark that this undoes, by its place. */
  readonly unmark: number | undefined
}

/** Undefined when it changes nothing. */
export function withRead(state: ReadState, change: ReadChange, head: number): ReadState | undefined {
  const readSeq = Math.max(state.readSeq, Math.min(change.seq, head))
  const mark =
    state.mark !== undefined && change.unmark !== undefined && state.mark.at <= change.unmark ? undefined : state.mark
  return readSeq === state.readSeq && mark === state.mark ? undefined : { readSeq, mark }
}

/** `at` is the place that the change will take. Undefined when it is marked just there. */
export function withMark(state: ReadState, mark: ReadMark): ReadState | undefined {
  return state.mark?.seq === mark.seq ? undefined : { ...state, mark }
}

/** Undefined when it changes nothing. What came before somebody follows a thread by hand is nothing new to them. */
export function withFollowing<State extends ReadState & { readonly following: boolean | undefined }>(
  state: State,
  following: boolean,
  head: number,
): State | undefined {
  if (following === state.following) return undefined
  return following
    ? { ...state, following, readSeq: Math.max(state.readSeq, head), mark: undefined }
    : { ...state, following }
}
