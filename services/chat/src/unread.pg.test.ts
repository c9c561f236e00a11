import type { ChannelId } from '@glasshouse/kernel'
import type { Caller } from '@glasshouse/contracts'
import { beforeEach, expect, test } from 'vitest'
import { call, create, person, query, register, useChat } from './chat-caller.contract.ts'

useChat()

let ann: Caller
let ben: Caller
let channelId: ChannelId
beforeEach(async () => {
  ;[ann, ben] = [person('ann'), person('ben')]
  await register(ann, ben)
  channelId = await create(ann, 'public', [ben])
})

interface UnreadChannel {
  readonly channel_id: ChannelId
  readonly read_seq: number
  readonly head: number
  readonly unread: readonly number[]
}

async function unreadOf(caller: Caller): Promise<UnreadChannel | undefined> {
  const answer = await call(caller, 'GET', '/unread')
  if (!answer.ok) throw new Error(JSON.stringify(answer.error))
  const { channels } = answer.value.body as { readonly channels: readonly UnreadChannel[] }
  return channels.find((each) => each.channel_id === channelId)
}

/** As many as nobody sends in a test. Returns the head after them. */
async function written(by: Caller, count: number): Promise<number> {
  await query(
    `insert into chat.messages (id, channel_id, seq, changed_seq, user_id, content, content_hash, created_at)
     select gen_random_uuid(), h.channel_id, h.head + n, h.head + n, $2, 'text', sha256('text'), now()
     from chat.channel_heads h, generate_series(1, $3::integer) n
     where h.channel_id = $1`,
    [channelId, by.userId, count],
  )
  const moved = await query<{ head: number }>(
    'update chat.channel_heads set head = head + $2, last_at = now() where channel_id = $1 returning head',
    [channelId, count],
  )
  return moved[0]?.head ?? 0
}

test('[RD-4] what one has written oneself is walked over once, and no more with each answer', async () => {
  const own = await written(ann, 3_000)
  expect(await unreadOf(ann)).toMatchObject({ unread: [] })
  expect(await unreadOf(ann)).toMatchObject({ unread: [], read_seq: own })
  // What comes after is unread, and stays so behind more of one's own.
  const others = await written(ben, 2)
  await written(ann, 2_500)
  for (let n = 0; n < 2; n++) {
    expect(await unreadOf(ann)).toMatchObject({ unread: [others - 1, others], read_seq: own })
  }
})

test('[RD-4] a position with little behind it stays where it was, and so does a marked one', async () => {
  const before = await unreadOf(ann)
  const few = await written(ann, 900)
  await unreadOf(ann)
  expect(await unreadOf(ann)).toMatchObject({ read_seq: before?.read_seq })
  await call(ann, 'PUT', `/channels/${channelId}/unread`, { seq: few - 10 })
  await written(ann, 2_000)
  await unreadOf(ann)
  expect(await unreadOf(ann)).toMatchObject({ read_seq: before?.read_seq })
})

test('[RD-4] of many messages from the oldest unread one on, so many are looked at', async () => {
  const first = await written(ben, 1)
  await written(ann, 1_998)
  const near = await written(ben, 1)
  await written(ben, 1)
  expect(await unreadOf(ann)).toMatchObject({ unread: [first, near] })
})
