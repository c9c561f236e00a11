import { isDeepStrictEqual } from 'node:util'
import type { RouteRequest, ScheduledMessage } from '@glasshouse/contracts'
import { err, ok } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { scheduleOnce } from './schedule-once.ts'

const wish = { channelId: 'c1', content: 'hello', timeMs: Date.UTC(2026, 10, 22, 9) }

type ScheduleRequest = RouteRequest<'scheduleMessage'>

const CONFLICT = { status: 409, code: 'scheduled.client_id_conflict', message: '' } as const

/** An id stands for what came first under it, as on the server. */
class Server {
  readonly kept = new Map<string, ScheduledMessage>()

  readonly api = {
    scheduleMessage: async ({ params, body: { client_id: id = '', ...asked } }: ScheduleRequest) => {
      const fresh: ScheduledMessage = { id, ...params, ...asked, state: 'waiting' }
      const kept = this.kept.get(id) ?? fresh
      if (!isDeepStrictEqual(kept, fresh)) return err(CONFLICT)
      this.kept.set(id, kept)
      return ok(kept)
    },
  }
}

test('the same wish under the same id is one message', async () => {
  const server = new Server()
  await scheduleOnce(server.api, wish, 'id-1')
  expect(await scheduleOnce(server.api, wish, 'id-1')).toMatchObject({ ok: true, value: { id: 'id-1' } })
  expect(server.kept.size).toBe(1)
})

test.for([
  ['another text', { content: 'hello again' }],
  ['another time', { timeMs: wish.timeMs + 1000 }],
  ['another thread', { threadId: 't1' }],
])('%s under the same id is another message', async ([, other]) => {
  const server = new Server()
  await scheduleOnce(server.api, wish, 'id-1')
  const next = { ...wish, ...(other as Partial<typeof wish>) }
  const made = await scheduleOnce(server.api, next, 'id-1')
  expect(made).toMatchObject({
    ok: true,
    value: { content: next.content, send_at: new Date(next.timeMs).toISOString() },
  })
  expect(server.kept.size).toBe(2)
})

test('what was cancelled under the id can be scheduled again', async () => {
  const server = new Server()
  await scheduleOnce(server.api, wish, 'id-1')
  const [first] = server.kept.values()
  if (first) Object.assign(first, { state: 'cancelled', content: '' })
  expect(await scheduleOnce(server.api, wish, 'id-1')).toMatchObject({ ok: true, value: { state: 'waiting' } })
})
