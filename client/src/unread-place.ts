/** What is unread in one channel or thread: the oldest unread seqs and, of them, those that mention one. */
import { UNREAD_SEQS_MAX, type ReadMark, type UnreadChannel, type UnreadThread } from '@glasshouse/contracts'

export interface ReadPlace {
  readonly read_seq: number
  readonly mark: ReadMark | null
}

/** Everything after it is unread. A mark that was set by hand goes before what was read. */
export function positionOf({ read_seq: readSeq, mark }: ReadPlace): number {
  return mark === null ? readSeq : Math.min(readSeq, mark.seq - 1)
}

/** Of both lists, the oldest `UNREAD_SEQS_MAX`: one that is full may leave some out. */
export type UnreadSeqs = Pick<UnreadChannel, 'unread' | 'mentions'>

export interface UnreadTotal {
  /** Unread messages, of what is not muted; where there are more than a list holds, as many as it holds. */
  readonly unread: number
  readonly mentions: number
}

/** Of channels by their id, and of followed threads. */
export function unreadTotal(
  channels: ReadonlyMap<string, UnreadChannel>,
  threads: ReadonlyMap<string, UnreadThread>,
): UnreadTotal {
  let unread = 0
  let mentions = 0
  for (const each of [...channels.values(), ...threads.values()]) {
    mentions += each.mentions.length
    if (channels.get(each.channel_id)?.muted !== true) unread += each.unread.length
  }
  return { unread, mentions }
}

/** 'incomplete': something moved up in a full list, and what stands behind it is not known here. */
export type SeqsOutcome = UnreadSeqs | 'same' | 'incomplete'

/** Of a message, as it is now. */
interface Standing {
  readonly unread: boolean
  readonly mention: boolean
}

export function withMessage(seqs: UnreadSeqs, seq: number, standing: Standing): SeqsOutcome {
  const unread = withSeq(seqs.unread, seq, standing.unread)
  const mentions = withSeq(seqs.mentions, seq, standing.unread && standing.mention)
  if (unread === undefined || mentions === undefined) return 'incomplete'
  return unread === seqs.unread && mentions === seqs.mentions ? 'same' : { unread, mentions }
}

/** What is left of them after `position`, with the channel known up to `head`. */
export function after(seqs: UnreadSeqs, position: number, head: number): SeqsOutcome {
  // What comes behind the head has not been counted yet.
  if (position >= head) return seqs.unread.length === 0 ? 'same' : { unread: [], mentions: [] }
  const unread = behind(seqs.unread, position)
  const mentions = behind(seqs.mentions, position)
  if (unread === undefined || mentions === undefined) return 'incomplete'
  return unread === seqs.unread && mentions === seqs.mentions ? 'same' : { unread, mentions }
}

const isFull = (list: readonly number[]): boolean => list.length >= UNREAD_SEQS_MAX

function withSeq(list: number[], seq: number, wanted: boolean): number[] | undefined {
  const known = list.includes(seq)
  if (known === wanted) return list
  if (!wanted) return isFull(list) ? undefined : list.filter((each) => each !== seq)
  if (isFull(list) && seq > (list.at(-1) ?? 0)) return list
  return [...list, seq].toSorted((a, b) => a - b).slice(0, UNREAD_SEQS_MAX)
}

function behind(list: number[], position: number): number[] | undefined {
  const left = list.filter((seq) => seq > position)
  if (left.length === list.length) return list
  return isFull(list) ? undefined : left
}
