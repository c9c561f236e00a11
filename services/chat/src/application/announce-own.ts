import type { UserId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import type { StoredOwnChannel, StoredOwnThread } from './ports.ts'
import { ownChannelChanged, ownThreadChanged } from './wire-own.ts'

/** After the commit: tells the person's own devices. What is lost on this way is told by the relay. */
export function announceOwn(
  { listeners, pokeRelay }: ChatContext,
  userId: UserId,
  {
    channels = [],
    threads = [],
  }: { readonly channels?: readonly StoredOwnChannel[]; readonly threads?: readonly StoredOwnThread[] },
): void {
  const frames = [
    ...channels.flatMap((stored) => {
      const { changedSeq } = stored
      return changedSeq === undefined ? [] : ownChannelChanged(userId, { ...stored, changedSeq })
    }),
    ...threads.flatMap((stored) => {
      const { changedSeq } = stored
      return changedSeq === undefined ? [] : ownThreadChanged(userId, { ...stored, changedSeq })
    }),
  ]
  if (frames.length === 0) return
  pokeRelay()
  for (const frame of frames) listeners.change(frame)
}
