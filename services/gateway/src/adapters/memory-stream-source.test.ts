import { channelStream } from '@glasshouse/contracts'
import { newId, type ChannelId } from '@glasshouse/kernel'
import { streamSourceContract } from '../application/stream-source.contract.ts'
import { MemoryAuthentication, newMessage } from './gateway-fixture.ts'
import { MemoryStreamSource } from './memory-stream-source.ts'

streamSourceContract('the memory adapter', () => {
  const source = new MemoryStreamSource()
  const [stream, unknownStream] = [channelStream(newId<ChannelId>()), channelStream(newId<ChannelId>())]
  source.create(stream)
  let first: string | undefined
  return Promise.resolve({
    source,
    stream,
    unknownStream,
    caller: new MemoryAuthentication().signIn().caller,
    add(content: string) {
      const change = source.commit(stream, newMessage(stream, content))
      if ('id' in change) first ??= change.id
      source.announce(change)
      source.advance(stream)
      return Promise.resolve()
    },
    changeFirst() {
      const { id = '' } = { id: first }
      const change = source.commit(
        stream,
        (changedSeq) =>
          ({
            ...newMessage(stream, 'edited')(changedSeq),
            type: 'message_updated' as const,
            id,
          }) as ReturnType<ReturnType<typeof newMessage>>,
      )
      source.announce(change)
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  })
})
