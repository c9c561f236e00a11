import { newId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import { call, outcome, query, useChat } from './chat-caller.contract.ts'
import {
  decide,
  held,
  historyOf,
  LINK,
  moderated,
  moderationOf,
  queueOf,
  read,
  refusal,
  send,
} from './moderated-channel.contract.ts'

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

test('[MO-7] of a message that was held, too, its author cannot find out that it was reported', async () => {
  const { moderator, author, stranger, channelId } = await moderated()
  const waiting = await held(author, channelId)
  await read(decide(moderator, waiting.id, 'approve'))
  const seen = async () => [
    await read(call(author, 'GET', `/moderation/${waiting.id}`)),
    (await moderationOf(author)).filter(({ id }) => id === waiting.id),
  ]
  const before = await seen()
  await read(call(stranger, 'POST', `/channels/${channelId}/messages/${waiting.id}/report`, { reason: 'rude' }))
  expect(await queueOf(moderator)).toMatchObject([{ id: waiting.id, status: 'reported' }])
  expect(await seen()).toEqual(before)
})

describe('[MC-3] its author deletes what a moderator removed', () => {
  test('text, votes and replaced texts are gone, for the moderators too, and the decision is final', async () => {
    const { moderator, author, stranger, channelId } = await moderated()
    const path = `/channels/${channelId}/messages`
    const message = await read(send(author, channelId, 'first', { client_id: newId() }))
    await read(call(author, 'PATCH', `${path}/${message.id}`, { content: 'private number 555' }))
    await read(call(stranger, 'PUT', `${path}/${message.id}/reactions/👍`))
    await read(decide(moderator, message.id, 'remove', 'private'))
    expect(await outcome(call(stranger, 'DELETE', `${path}/${message.id}`))).toBe('permission.denied')
    expect(await read(call(moderator, 'GET', `/moderation/${message.id}`))).toMatchObject({
      content: 'private number 555',
    })
    for (let n = 0; n < 2; n++) expect(await outcome(call(author, 'DELETE', `${path}/${message.id}`))).toBe(204)
    for (const who of [author, moderator]) {
      expect(JSON.stringify(await moderationOf(who))).not.toContain('555')
      expect((await moderationOf(who)).at(-1)).toMatchObject({ id: message.id, status: 'removed', deleted: true })
    }
    expect(await read(call(moderator, 'GET', `/moderation/${message.id}`))).toMatchObject({
      content: '',
      deleted: true,
    })
    expect(await outcome(call(author, 'GET', `/moderation/${message.id}`))).toBe('not_found')
    expect(await read(call(author, 'GET', `/channels/${channelId}/held`))).toEqual({ items: [] })
    expect(await outcome(call(moderator, 'DELETE', `/moderation/${message.id}/decision`))).toBe('not_found')
    expect(await historyOf(stranger, channelId)).toEqual([])
    for (const table of ['message_edits', 'message_reactions', 'saved_messages']) {
      expect(await rowsOf(table, message.id), table).toBe(0)
    }
  })

  test('what never was in the channel goes too', async () => {
    const { moderator, author, stranger, channelId } = await moderated()
    const waiting = await held(author, channelId, LINK, { client_id: newId(), poll })
    await read(decide(moderator, waiting.id, 'remove', 'an offer'))
    const path = `/channels/${channelId}/messages/${waiting.id}`
    expect(await outcome(call(stranger, 'DELETE', path))).toBe('not_found')
    expect(await outcome(call(author, 'DELETE', path))).toBe(204)
    expect(JSON.stringify(await read(call(moderator, 'GET', `/moderation/${waiting.id}`)))).not.toContain(
      'example.test',
    )
  })
})

describe('[MO-5] what is approved once more is asked what any message is asked', () => {
  /** Approved, and taken back. */
  async function takenBack(type: 'public' | 'private') {
    const scene = await moderated(type)
    const root = await read(send(scene.owner, scene.channelId, 'root'))
    const waiting = await held(scene.author, scene.channelId, LINK, { thread_id: root.id })
    await read(decide(scene.moderator, waiting.id, 'approve'))
    await read(call(scene.moderator, 'DELETE', `/moderation/${waiting.id}/decision`))
    return { ...scene, root, waiting }
  }

  test('whether its author is there', async () => {
    const { owner, author, moderator, channelId, waiting } = await takenBack('private')
    await read(call(owner, 'DELETE', `/channels/${channelId}/members/${author.userId}`))
    expect(await outcome(decide(moderator, waiting.id, 'approve'))).toBe('moderation.cannot_post')
  })

  test('whether there is what it answers', async () => {
    const { owner, moderator, channelId, root, waiting } = await takenBack('public')
    await read(call(owner, 'DELETE', `/channels/${channelId}/messages/${root.id}`))
    expect(await refusal(decide(moderator, waiting.id, 'approve'))).toMatchObject({
      code: 'moderation.cannot_post',
      message: 'The message to which this is a reply is gone.',
    })
  })

  test('whether they are muted or banned', async () => {
    const { author, moderator, channelId, waiting } = await takenBack('public')
    const mute = (until: string) =>
      query(`update chat.members set muted_until = ${until} where channel_id = $1 and user_id = $2`, [
        channelId,
        author.userId,
      ])
    await mute(`now() + interval '1 hour'`)
    expect(await outcome(decide(moderator, waiting.id, 'approve'))).toBe('moderation.cannot_post')
    await mute('null')
    expect(await outcome(decide(moderator, waiting.id, 'approve'))).toBe(200)
  })
})

describe('[MO-9] nothing is kept that nobody reads', () => {
  const age = (id: string) =>
    query(
      `update chat.moderated_messages set queued_at = queued_at - interval '31 days', decided_at = decided_at - interval '31 days'
       where id = $1`,
      [id],
    )

  test('of what was removed long ago all goes, and of what stands what undoing left', async () => {
    const { moderator, author, stranger, channelId } = await moderated()
    const path = `/channels/${channelId}/messages`
    const message = await read(send(author, channelId, 'first'))
    await read(call(author, 'PATCH', `${path}/${message.id}`, { content: 'second' }))
    await read(call(stranger, 'PUT', `${path}/${message.id}/reactions/👍`))
    await read(decide(moderator, message.id, 'remove', 'rude'))
    const kept = await read(send(author, channelId, 'back again'))
    await read(decide(moderator, kept.id, 'remove', 'rude'))
    await read(call(moderator, 'DELETE', `/moderation/${kept.id}/decision`))
    const other = await read(send(author, channelId, 'another'))
    await age(message.id)
    await age(kept.id)
    await read(decide(moderator, other.id, 'remove', 'rude'))
    for (const table of ['message_edits', 'message_reactions', 'moderation_places']) {
      expect(await rowsOf(table, message.id), table).toBe(0)
    }
    const left = await query<{ id: string }>('select id from chat.moderated_messages where channel_id = $1', [
      channelId,
    ])
    expect(left).toEqual([{ id: other.id }])
    expect(await historyOf(stranger, channelId)).toMatchObject([{ id: kept.id, content: 'back again' }])
  })

  test('what was reported goes with the message', async () => {
    const { moderator, author, stranger, channelId } = await moderated()
    const message = await read(send(author, channelId, 'rude'))
    const path = `/channels/${channelId}/messages/${message.id}`
    await read(call(stranger, 'POST', `${path}/report`, { reason: 'rude' }))
    expect(await queueOf(moderator)).toHaveLength(1)
    expect(await outcome(call(author, 'DELETE', path))).toBe(204)
    expect(await queueOf(moderator)).toEqual([])
    for (const table of ['message_reports', 'moderation_places']) expect(await rowsOf(table, message.id), table).toBe(0)
    expect(await query('select from chat.moderated_messages where id = $1', [message.id])).toEqual([])
  })
})

async function rowsOf(table: string, messageId: string): Promise<number> {
  return (await query(`select from chat.${table} where message_id = $1`, [messageId])).length
}
