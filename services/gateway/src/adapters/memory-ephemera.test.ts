import { newId, type ChannelId } from '@glasshouse/kernel'
import { presenceSourceContract } from '../application/presence-source.contract.ts'
import { typingSourceContract } from '../application/typing-source.contract.ts'
import { MemoryAuthentication } from './gateway-fixture.ts'
import { MemoryPresenceSource } from './memory-presence-source.ts'
import { MemoryTypingSource } from './memory-typing-source.ts'

const { caller } = new MemoryAuthentication().signIn()
const close = (): Promise<void> => Promise.resolve()

typingSourceContract('memory', () => {
  const [channelId, hiddenId] = [newId<ChannelId>(), newId<ChannelId>()]
  const source = new MemoryTypingSource((_caller, stream) => !stream.includes(hiddenId))
  return Promise.resolve({ source, caller, channelId, hiddenId, close })
})

presenceSourceContract('memory', () => Promise.resolve({ source: new MemoryPresenceSource(), caller, close }))
