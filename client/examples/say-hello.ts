import { LiveConnection } from '@glasshouse/client'

/** Sends one message; waits until it is stored, also when the connection breaks meanwhile. Returns its place in the channel, or null when it waits for a moderator. */
export async function sayHello(baseUrl: string, token: string, channelId: string): Promise<number | null> {
  const live = new LiveConnection({ url: `${baseUrl.replace('http', 'ws')}/ws`, token: () => token })
  live.connect()
  const sent = await live.sendMessage({ channel_id: channelId, content: 'Hello' })
  live.close()
  if (!sent.ok) throw new Error(sent.error.message)
  return sent.value.seq
}
