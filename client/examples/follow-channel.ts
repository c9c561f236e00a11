import { MessageTimeline, type Api, type LiveConnection } from '@glasshouse/client'
import type { ChannelId } from '@glasshouse/kernel'
import { channelStream } from '@glasshouse/contracts'

/** Keeps the newest messages of a channel up to date, through lost connections and restarts, until `live.close()`. */
export async function followChannel(api: Api, live: LiveConnection, channelId: ChannelId): Promise<MessageTimeline> {
  const timeline = new MessageTimeline()

  const load = async (): Promise<number> => {
    const page = await api.listMessages({ params: { channel_id: channelId } })
    if (!page.ok) throw new Error(page.error.message)
    timeline.replace(page.value)
    return page.value.seq
  }

  const subscription = live.subscribe(channelStream(channelId), {
    after: await load(),
    onChanges: (changes) => changes.forEach((change) => timeline.apply(change)),
    onReset: () => void load().then((seq) => subscription.restartAt(seq), console.error),
    onError: (error) => console.error(error.message),
  })
  live.connect()
  return timeline
}
