/** Chat's typing and presence, wired as the server wires them, are what the gateway's live hub relies on. */
import { presenceSourceContract } from '@glasshouse/gateway/testing/presence-source-contract'
import { typingSourceContract } from '@glasshouse/gateway/testing/typing-source-contract'
import { newId, type ChannelId } from '@glasshouse/kernel'
import { openTestHouse } from './testing/open-test-house.ts'

typingSourceContract('chat, as the server wires it,', async () => {
  const { house, caller, close } = await openTestHouse({})
  const { channelId } = await house.chat.importChannel({
    source: 'test',
    externalId: 'C1',
    name: 'contract',
    description: '',
    createdAt: new Date(0),
    archived: false,
  })
  return { source: house.chat.typing, caller, channelId, hiddenId: newId<ChannelId>(), close }
})

presenceSourceContract('chat, as the server wires it,', async () => {
  // Nobody is said to be offline before a while has passed: the shortest that can be set.
  const { house, caller, close } = await openTestHouse({ PRESENCE_OFFLINE_SECS: '1' })
  return { source: house.chat.people, caller, close }
})
