/** Chat's streams, wired as the server wires them, are what the gateway's live hub relies on. */
import { channelStream } from '@glasshouse/contracts'
import { streamSourceContract } from '@glasshouse/gateway/testing/stream-source-contract'
import { newId, type ChannelId } from '@glasshouse/kernel'
import { openTestHouse } from './testing/open-test-house.ts'

streamSourceContract('chat, as the server wires it,', async () => {
  const { house, caller, close } = await openTestHouse({ CHANNEL_RATE_LIMIT: '10000/1' })
  const { chat } = house
  const { channelId } = await chat.importChannel({
    source: 'test',
    externalId: 'C1',
    name: 'contract',
    description: '',
    createdAt: new Date(0),
    archived: false,
  })
  return {
    source: chat.streams,
    stream: channelStream(channelId),
    caller,
    unknownStream: channelStream(newId<ChannelId>()),
    add: async (content) => {
      const sent = await chat.sendMessage(caller, { channel_id: channelId, content })
      if (!sent.ok) throw new Error(sent.error.code)
    },
    close,
  }
})
