import { UnreadCounts, type Api, type LiveConnection, type LiveSubscription } from '@glasshouse/client'
import { channelStream, userStream } from '@glasshouse/contracts'
import type { ChannelId, UserId } from '@glasshouse/kernel'

/** Streams of channels that are followed at once: those with the newest messages. What is beyond them is known at each read only. */
const FOLLOWED_MAX = 40

/** Keeps what is unread up to date, and tells whenever something may be different, until `live.close()`. */
export async function followUnread(
  api: Api,
  live: LiveConnection,
  userId: UserId,
  onChange: (counts: UnreadCounts) => void,
): Promise<UnreadCounts> {
  const counts = new UnreadCounts(userId)
  const followed = new Map<string, LiveSubscription>()
  let reading: Promise<void> | undefined
  const read = (): Promise<void> => (reading ??= load().finally(() => (reading = undefined)))

  async function load(): Promise<void> {
    counts.beginRead()
    const unread = await api.getUnread()
    if (!unread.ok) {
      counts.endRead()
      throw new Error(unread.error.message)
    }
    counts.replace(unread.value)
    follow(userStream(userId), () => counts.seq)
    for (const { channel_id: id } of unread.value.channels.slice(0, FOLLOWED_MAX)) {
      follow(channelStream(id as ChannelId), () => counts.headOf(id) ?? 0)
    }
    onChange(counts)
  }

  function follow(stream: string, counted: () => number): void {
    if (followed.has(stream)) return
    const subscription = live.subscribe(stream, {
      after: counted(),
      onChanges: (changes) => {
        for (const change of changes) counts.apply(change)
        onChange(counts)
        if (counts.stale) void read().catch(console.error)
      },
      onReset: () => void read().then(() => subscription.restartAt(counted()), console.error),
      // It was left, and is joined again with a change of one's own stream.
      onError: () => followed.delete(stream),
    })
    followed.set(stream, subscription)
  }

  await read()
  live.connect()
  return counts
}
