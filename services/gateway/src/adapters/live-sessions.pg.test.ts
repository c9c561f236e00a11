import type { StreamName } from '@glasshouse/contracts'
import { migrate } from '@glasshouse/platform'
import { startTestDatabase, type TestDatabase } from '@glasshouse/platform/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, GatewayFixture, MemoryAuthentication, type FixtureOptions } from './gateway-fixture.ts'
import { MemoryStreamSource } from './memory-stream-source.ts'
import { createPostgresLiveSessionStore, gatewayMigrations } from './postgres-live-session-store.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await startTestDatabase()
  const migrated = await migrate(database.pool, gatewayMigrations)
  if (!migrated.ok) throw new Error(migrated.error.message)
})
afterAll(() => database?.drop())

describe('live sessions in PostgreSQL', () => {
  it.each([
    ['was drained, with changes that were not written yet', 60_000],
    ['ended without a word, after its changes were written', 5],
  ])('N15 are restored by the next process when the one before %s', async (_how, sessionWriteIntervalMs) => {
    const sessionStore = createPostgresLiveSessionStore(database.pool)
    const [source, authentication] = [new MemoryStreamSource(), new MemoryAuthentication()]
    const options: FixtureOptions = {
      source,
      authentication,
      ports: { sessionStore },
      limits: {
        sessionWriteIntervalMs,
        socketsPerUserMax: 1_000,
        socketsPerAddressMax: 1_000,
        sessionsPerUserMax: 1_000,
      },
    }
    const { token } = authentication.signIn()
    const sessions = new Map<string, StreamName>()
    {
      await using first = await GatewayFixture.start(options)
      const streams = Array.from({ length: 40 }, () => first.newStream())
      for (const stream of streams) {
        const client = first.openSocket(`/ws?token=${token}`)
        sessions.set((await client.next('connected')).session_id, stream)
        client.send({ type: 'subscribe', stream })
        await client.next('subscribed')
      }
      if (sessionWriteIntervalMs === 5) {
        await eventually(() => first.gateway.live.unwrittenSessions === 0, 'all is written')
      } else await first.gateway.service.drain()
    }
    await using second = await GatewayFixture.start(options)
    const all = await Promise.all(
      [...sessions].map(async ([id, stream]) => {
        second.source.commit(stream, (changedSeq) => ({
          type: 'member_changed',
          stream,
          channel_id: stream.slice('channel:'.length),
          changed_seq: changedSeq,
          user_id: id,
          username: 'ada',
          display_name: 'Ada',
          membership: 'joined',
          role: 'member',
          channel_type: 'public',
        }))
        const client = second.openSocket(`/ws?token=${token}&session_id=${id}`)
        const connected = await client.next('connected')
        await client.next('subscribed')
        return { connected, id, stream, changes: client.changes(stream) }
      }),
    )
    for (const { connected, id, stream, changes } of all) {
      expect(connected).toMatchObject({ resumed: true, session_id: id, streams: [{ stream, seq: 0 }] })
      expect(changes).toHaveLength(1)
    }
  })
})
