import { ok } from '@glasshouse/kernel'
import { beforeEach, expect, test, vi } from 'vitest'
import { DueNotices } from './due-notices.ts'
import { ana, NOW_MS, sampleMessage } from './testing/samples.ts'

const message = sampleMessage(1)
const STREAM = `user:${ana.id}`
const at = (minutes: number): string => new Date(NOW_MS + minutes * 60_000).toISOString()
const reminder = (state: 'waiting' | 'due' | 'done', minutes = 0, of = message) => ({
  message_id: of.id,
  channel_id: of.channel_id,
  remind_at: at(minutes),
  state,
})
const scheduled = (state: 'waiting' | 'failed') => ({
  id: 's1',
  channel_id: 'c1',
  content: 'my words',
  send_at: at(0),
  state,
  reason: { code: 'not_found', message: 'Gone.' },
})

type DueApi = ConstructorParameters<typeof DueNotices>[0]

/** The server, and what it tells. */
let seq = 0
let stream = STREAM
let reminders: (ReturnType<typeof reminder> & { message: typeof message })[]
let waiting: ReturnType<typeof scheduled>[]
const listReminders = vi.fn<DueApi['listReminders']>(async () => ok({ items: [...reminders], stream, seq }))
const api = {
  finishReminder: async () => ok(undefined),
  setReminder: async () => ok(undefined as never),
  listReminders,
  listScheduled: async () => ok({ items: [...waiting], stream, seq }),
}
let notices: DueNotices
beforeEach(() => {
  seq = 0
  stream = STREAM
  reminders = []
  waiting = []
  vi.clearAllMocks()
  notices = new DueNotices(api, ana.id)
})

function changed(state: 'waiting' | 'due' | 'done', minutes = 0, of = message) {
  seq++
  const change = reminder(state, minutes, of)
  reminders = reminders.filter(({ message_id }) => message_id !== of.id)
  if (state !== 'done') reminders.push({ ...change, message: of })
  return { type: 'reminder_changed', stream: STREAM, changed_seq: seq, ...change } as const
}

test('what is due is shown until it is done, wherever that is', async () => {
  notices.apply([changed('due')])
  await vi.waitFor(() => expect(notices.shown).toMatchObject([{ kind: 'reminder', message }]))
  notices.apply([changed('done')])
  expect(notices.shown).toEqual([])
})

test('done on another device while it was read, it is not shown', async () => {
  notices.apply([changed('due')])
  notices.apply([changed('done')])
  await notices.load()
  expect(notices.shown).toEqual([])
  notices.apply([changed('due', 5)])
  notices.apply([changed('waiting', 30)])
  await notices.load()
  expect(notices.shown).toEqual([])
})

test('many that are due at once are read at once', async () => {
  notices.apply(Array.from({ length: 20 }, (_, index) => changed('due', 0, sampleMessage(index + 1))))
  await vi.waitFor(() => expect(notices.count).toBe(20))
  expect(listReminders).toHaveBeenCalledTimes(1)
})

test('what was put off and is due again while no change could come is shown', async () => {
  notices.apply([changed('due')])
  await vi.waitFor(() => expect(notices.count).toBe(1))
  await notices.snooze(message, NOW_MS + 60_000)
  expect(notices.count).toBe(0)
  changed('due', 1)
  await notices.load()
  expect(notices.count).toBe(1)
})

test('what was finished elsewhere while no change could come goes away', async () => {
  waiting = [scheduled('failed')]
  notices.apply([changed('due')])
  await vi.waitFor(() => expect(notices.count).toBe(2))
  changed('done')
  waiting = []
  await notices.load()
  expect(notices.shown).toEqual([])
})

test('what could not be sent is told with its reason, until it waits again', () => {
  const change = { type: 'scheduled_changed', stream: STREAM, changed_seq: 1 } as const
  notices.apply([{ ...change, ...scheduled('failed') }])
  expect(notices.shown).toMatchObject([{ kind: 'failed', content: 'my words', reason: 'Gone.' }])
  notices.apply([{ ...change, ...scheduled('waiting') }])
  expect(notices.count).toBe(0)
})

test('what could not be sent while no page was open is told by the next one, until it is closed', async () => {
  waiting = [scheduled('failed'), { ...scheduled('waiting'), id: 's2' }]
  await notices.load()
  expect(notices.shown).toMatchObject([{ kind: 'failed', content: 'my words', reason: 'Gone.' }])
  notices.close(notices.shown[0]?.key ?? '')
  await notices.load()
  expect(notices.count).toBe(0)
})

test('what is due for somebody else, who signed in in another tab, is not shown', async () => {
  stream = 'user:0197a5c0-0000-7000-8000-0000000000b2'
  waiting = [scheduled('failed')]
  reminders = [{ ...reminder('due'), message }]
  await notices.load()
  expect(notices.count).toBe(0)
})
