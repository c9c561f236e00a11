import { createOutboxRelay, type Pool } from '@glasshouse/platform'
import { channelStream, userStream } from '@glasshouse/contracts'
import type { ChannelId, UserId } from '@glasshouse/kernel'
import type { ChangeRelay, ChatPorts, StreamAdvance } from '../application/ports.ts'
import { CHANNEL_STREAM_TOPIC, USER_STREAM_TOPIC } from './stream-topics.ts'

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
        deliver(events.flatMap(toAdvance))
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

function toAdvance({ topic, key, version: head }: { topic: string; key: string; version: number }): StreamAdvance[] {
  if (topic === CHANNEL_STREAM_TOPIC) return [{ stream: channelStream(key as ChannelId), head }]
  if (topic === USER_STREAM_TOPIC) return [{ stream: userStream(key as UserId), head }]
  return []
}
