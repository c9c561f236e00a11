import { ok } from '@glasshouse/kernel'
import { expect, test, vi } from 'vitest'
import { DueNotices } from './due-notices.ts'
import { sampleMessage } from './testing/samples.ts'

const message = sampleMessage(1)
const change = (state: 'due' | 'done') =>
  ({
    type: 'reminder_changed',
    stream: 'user:u',
    changed_seq: 1,
    message_id: message.id,
    channel_id: message.channel_id,
    remind_at: message.timestamp,
    state,
  }) as const
const api = () => ({
  findMessage: async () => ok(message),
  finishReminder: async () => ok(undefined),
  setReminder: async () => ok(undefined as never),
  listReminders: async () => ok({ items: [], stream: 'user:u', seq: 0 }),
})

test('what is due is shown until it is done, wherever that is', async () => {
  const notices = new DueNotices(api())
  notices.apply([change('due')])
  await vi.waitFor(() => expect(notices.shown).toMatchObject([{ kind: 'reminder', message }]))
  notices.apply([change('done')])
  expect(notices.shown).toEqual([])
})

test('done on another device before its message was read, it is not shown', async () => {
  const slow = Promise.withResolvers<Awaited<ReturnType<ReturnType<typeof api>['findMessage']>>>()
  const notices = new DueNotices({ ...api(), findMessage: () => slow.promise })
  notices.apply([change('due'), change('done')])
  slow.resolve(ok(message))
  await slow.promise
  await Promise.resolve()
  expect(notices.shown).toEqual([])
})

test('what could not be sent is told with its reason, until it waits again', () => {
  const notices = new DueNotices(api())
  const scheduled = { type: 'scheduled_changed', stream: 'user:u', changed_seq: 1, id: 's1' } as const
  const more = { channel_id: 'c1', content: 'my words', send_at: message.timestamp }
  notices.apply([{ ...scheduled, ...more, state: 'failed', reason: { code: 'not_found', message: 'Gone.' } }])
  expect(notices.shown).toEqual([{ kind: 'failed', key: 's1', content: 'my words', reason: 'Gone.' }])
  notices.apply([{ ...scheduled, ...more, state: 'waiting' }])
  expect(notices.count).toBe(0)
})
