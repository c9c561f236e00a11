import { DRAFTS_MAX } from '@glasshouse/contracts'
import { newId, type MessageId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import { body, call, chat, create, outcome, person, useChat } from './chat-caller.contract.ts'

useChat()

test('DR-1: a guest keeps drafts where they were added, and nowhere else', async () => {
  const [ada, gus] = [person('ada'), person('gus', 'guest')]
  const [room, open] = [await create(ada, 'private', [gus]), await create(ada, 'public')]
  expect(await outcome(call(gus, 'PUT', `/channels/${room}/draft`, { content: 'x' }))).toBe(200)
  expect(await outcome(call(gus, 'PUT', `/channels/${open}/draft`, { content: 'x' }))).toBe('not_found')
  const unknown = { content: 'x', thread_id: newId<MessageId>() }
  expect(await outcome(call(gus, 'PUT', `/channels/${room}/draft`, unknown))).toBe('message.thread_not_found')
  expect(await outcome(call(gus, 'PUT', `/channels/${room}/draft`, { content: 'a\0' }))).toBe('request.invalid')
})

test('DR-2: of many writers who knew the same version, one wins', async () => {
  const ada = person('ada')
  const room = await create(ada, 'private')
  const first = await body(call(ada, 'PUT', `/channels/${room}/draft`, { content: 'first', version: 0 }))
  const { version } = first as unknown as { version: number }
  const write = (n: number) => outcome(call(ada, 'PUT', `/channels/${room}/draft`, { content: `text ${n}`, version }))
  const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => write(n)))
  expect(outcomes.filter((each) => each === 200)).toHaveLength(1)
  expect(outcomes.filter((each) => each === 'draft.changed')).toHaveLength(7)
})

test('DR-3: as many as one may have, and no more; each place that is emptied makes room', async () => {
  const ada = person('ada')
  const room = await create(ada, 'private')
  const roots: string[] = []
  for (let n = 0; n <= DRAFTS_MAX; n++) {
    const sent = await chat.sendMessage(ada, { channel_id: room, content: `root ${n}` })
    if (sent.ok) roots.push(sent.value.message.id)
  }
  const put = (n: number, content: string) =>
    outcome(call(ada, 'PUT', `/channels/${room}/draft`, { content, thread_id: roots[n] }))
  for (let n = 0; n < DRAFTS_MAX; n++) expect(await put(n, 'x')).toBe(200)
  expect(await put(DRAFTS_MAX, 'x')).toBe('draft.too_many')
  expect(await put(0, 'y')).toBe(200)
  expect(await put(1, ' ')).toBe(200)
  expect(await put(DRAFTS_MAX, 'x')).toBe(200)
})

test('DR-3, DR-4: where one may read no more a draft takes no room, and can be taken away, by who wrote it', async () => {
  const [ada, gus] = [person('ada'), person('gus')]
  const [room, own] = [await create(ada, 'private', [gus]), await create(gus, 'private')]
  const put = (who: typeof ada, channel: string, content: string, thread_id?: string) =>
    outcome(
      call(who, 'PUT', `/channels/${channel}/draft`, thread_id === undefined ? { content } : { content, thread_id }),
    )
  const roots: string[] = []
  for (let n = 1; n < DRAFTS_MAX; n++) {
    const sent = await chat.sendMessage(ada, { channel_id: room, content: `root ${n}` })
    if (sent.ok) roots.push(sent.value.message.id)
  }
  expect(await put(gus, room, 'x')).toBe(200)
  for (const root of roots.slice(0, -1)) expect(await put(gus, room, 'x', root)).toBe(200)
  const [last] = roots.slice(-1)
  expect(await put(gus, room, 'x', last)).toBe(200)
  expect(await put(gus, own, 'x')).toBe('draft.too_many')
  expect(await outcome(call(ada, 'DELETE', `/channels/${room}/members/${gus.userId}`))).toBe(204)
  expect(await put(gus, own, 'x')).toBe(200)

  expect(await put(gus, room, 'y')).toBe('not_found')
  expect(await put(gus, room, ' ')).toBe(200)
  expect(await put(gus, room, '', last)).toBe(200)
  const stranger = person('stranger')
  expect(await put(stranger, room, '')).toBe('not_found')
  expect(await put(stranger, room, '', last)).toBe('not_found')
  expect(await put(gus, room, '', newId<MessageId>())).toBe('not_found')
  expect(await outcome(call(ada, 'PUT', `/channels/${room}/members/${gus.userId}`))).toBeLessThan(300)
  const listed = await body(call(gus, 'GET', '/drafts'))
  const items = (listed as unknown as { items: { thread_id?: string }[] }).items
  expect(items.map(({ thread_id }) => thread_id)).not.toContain(last)
  expect(items).toHaveLength(DRAFTS_MAX - 1)
})
