import { createOutboxRelay, type Pool } from '@glasshouse/platform'
import type { ChannelId } from '@glasshouse/kernel'
import type { ChangeRelay, ChatPorts } from '../application/ports.ts'
import { CHANNEL_STREAM_TOPIC } from './channel-stream-topic.ts'

/** Rows are deleted as fast as messages come: few large rounds cost less than many small ones. */
const BATCH_MAX = 5_000
const POLL_INTERVAL_MS = 1_000
/**
 * How long the relay waits after a commit for more to come. What this process commits has reached the watchers by the short cut already,
 * so the relay is not in anybody's way: without the wait it would follow each batch with a transaction of its own.
 */
const GATHER_MS = 100

/** Reads chat's outbox, and tells how far the streams have come. */
export function createOutboxChangeRelay(pool: Pool, log: (line: string) => void): ChatPorts['createRelay'] {
  return (deliver): ChangeRelay => {
    const relay = createOutboxRelay({
      pool,
      schema: 'chat',
      batchMax: BATCH_MAX,
      pollIntervalMs: POLL_INTERVAL_MS,
      log,
      async deliver(events) {
        deliver(
          events
            .filter((event) => event.topic === CHANNEL_STREAM_TOPIC)
            .map((event) => ({ channelId: event.key as ChannelId, head: event.version })),
        )
      },
    })
    let gathering: NodeJS.Timeout | undefined
    const gathered = (): void => {
      gathering = undefined
      relay.poke()
    }
    return {
      service: relay,
      poke() {
        gathering ??= setTimeout(gathered, GATHER_MS).unref()
      },
    }
  }
}
