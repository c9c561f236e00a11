import { newId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import { call, outcome, useChat } from './chat-caller.contract.ts'
import { decide, held, historyOf, LINK, moderated, queueOf, read, refusal, send } from './moderated-channel.contract.ts'

useChat()

const poll = { question: 'Which one?', options: ['https://example.test/a', 'the other'] }

describe('a poll', () => {
  test('[MO-2] is judged with the text: its question and its options', async () => {
    const { owner, author, channelId } = await moderated()
    const waiting = await held(author, channelId, 'quick one', { poll })
    expect(waiting).toMatchObject({ status: 'pending', held_for: ['link'] })
    const long = { question: 'a'.repeat(200), options: ['b'.repeat(60), 'c'.repeat(60)] }
    expect(await held(author, channelId, 'quick one', { poll: long })).toMatchObject({ held_for: ['too_long'] })
    const harmless = { question: 'When?', options: ['now', 'never'] }
    expect(await outcome(send(author, channelId, 'quick one', { poll: harmless }))).toBe(201)
    expect(await queueOf(owner)).toHaveLength(2)
  })

  test('[MO-3] is shown to whoever decides and to its author, held, removed and reported', async () => {
    const { moderator, author, stranger, channelId } = await moderated()
    const asked = { question: 'Which one?', options: [{ text: 'https://example.test/a' }, { text: 'the other' }] }
    const waiting = await held(author, channelId, 'quick one', { poll })
    expect(waiting).toMatchObject({ poll: asked })
    expect(await queueOf(moderator)).toMatchObject([{ id: waiting.id, poll: asked }])
    await read(decide(moderator, waiting.id, 'approve'))
    expect(await historyOf(stranger, channelId)).toMatchObject([{ id: waiting.id, poll: asked }])
    await read(call(stranger, 'POST', `/channels/${channelId}/messages/${waiting.id}/report`, {}))
    expect(await queueOf(moderator)).toMatchObject([{ id: waiting.id, status: 'reported', poll: asked }])
    await read(decide(moderator, waiting.id, 'remove', 'an offer'))
    const own = await read(call(author, 'GET', `/channels/${channelId}/held`))
    expect(own.items).toMatchObject([{ id: waiting.id, status: 'removed', poll: asked }])
    expect(await historyOf(stranger, channelId)).toEqual([])
  })

  test('[PO-1] a retry of one that was posted in time is answered after its end', async () => {
    const { author, channelId } = await moderated()
    const ends_at = new Date(Date.now() + 300).toISOString()
    const more = { client_id: newId(), poll: { question: 'When?', options: ['now', 'never'], ends_at } }
    const sent = await read(send(author, channelId, 'quick one', more))
    const waits = { client_id: newId(), poll: { ...poll, ends_at } }
    const waiting = await held(author, channelId, 'quick one', waits)
    await expect.poll(() => Date.now() > Date.parse(ends_at)).toBe(true)
    expect(await send(author, channelId, 'quick one', more)).toMatchObject({
      ok: true,
      value: { status: 200, body: { id: sent.id } },
    })
    expect(await held(author, channelId, 'quick one', waits)).toMatchObject({ id: waiting.id, status: 'pending' })
    const late = await refusal(send(author, channelId, 'quick one', { ...more, client_id: newId() }))
    expect(late).toMatchObject({ code: 'request.invalid', path: 'poll.ends_at' })
  })
})

describe('[MO-3] a client_id under which a message was held', () => {
  test('is answered the same when nothing is held any more', async () => {
    const { owner, author, channelId } = await moderated()
    const more = { client_id: newId() }
    const waiting = await held(author, channelId, LINK, more)
    await read(call(owner, 'PATCH', `/channels/${channelId}`, { moderation: 'off' }))
    expect(await held(author, channelId, LINK, more)).toEqual(waiting)
    expect(await outcome(send(author, channelId, `${LINK}!`, more))).toBe('message.client_id_conflict')
    expect(await historyOf(owner, channelId)).toEqual([])
    // Another send passes, and so does one of somebody else.
    expect(await outcome(send(author, channelId, LINK, { client_id: newId() }))).toBe(201)
    expect(await outcome(send(owner, channelId, LINK, more))).toBe(201)
    const approved = await read(decide(owner, waiting.id, 'approve'))
    expect(approved).toMatchObject({ status: 'visible', content: LINK })
    expect(await read(call(owner, 'DELETE', `/moderation/${waiting.id}/decision`))).toMatchObject({ status: 'pending' })
  })

  test('stays removed when the word is taken off the list', async () => {
    const { owner, author, channelId } = await moderated()
    await read(call(owner, 'PUT', `/channels/${channelId}/words`, { words: ['grotty'] }))
    const more = { client_id: newId() }
    const waiting = await held(author, channelId, 'a grotty thing', more)
    await read(decide(owner, waiting.id, 'remove', 'rude'))
    await read(call(owner, 'PUT', `/channels/${channelId}/words`, { words: [] }))
    expect(await held(author, channelId, 'a grotty thing', more)).toMatchObject({ id: waiting.id, status: 'removed' })
    expect(await historyOf(owner, channelId)).toEqual([])
  })
})

test('[MO-8] the text of an edit is looked at after everything else', async () => {
  const { author, stranger, channelId } = await moderated('private')
  const message = await read(send(author, channelId, 'harmless'))
  const edit = (who: typeof author, id: string, content = LINK) =>
    outcome(call(who, 'PATCH', `/channels/${channelId}/messages/${id}`, { content }))
  expect(await edit(stranger, message.id)).toBe('not_found')
  expect(await edit(author, newId())).toBe('not_found')
  expect(await edit(author, message.id)).toBe('message.would_be_held')
})

test('[RL-3] what is refused since too many wait takes a place of the rate limit, and so does what is held', async () => {
  const { owner, author, channelId } = await moderated()
  await read(call(owner, 'PATCH', `/channels/${channelId}`, { rate_limit: { count: 22, window_s: 60 } }))
  const seen: (string | number)[] = []
  for (let n = 0; n < 24; n++) seen.push(await outcome(send(author, channelId, `${LINK}/${n}`)))
  const [full, limited] = ['message.too_many_held', 'message.rate_limited']
  expect(seen.slice(18)).toEqual([202, 202, full, full, limited, limited])
})
