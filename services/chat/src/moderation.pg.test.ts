import { userStream, type Caller } from '@glasshouse/contracts'
import { newId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import {
  call,
  chat,
  create,
  lockWaiters,
  openStream,
  outcome,
  person,
  query,
  register,
  useChat,
  whileLocked,
} from './chat-caller.contract.ts'
import { LOBBY_ID } from './index.ts'
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

describe('holding', () => {
  test('[MO-1] it is on in the Lobby and off elsewhere, until an owner or moderator turns it on; never in a conversation', async () => {
    const [owner, member] = [person('olga'), person('ann')]
    expect(await read(call(owner, 'GET', `/channels/${LOBBY_ID}`))).toMatchObject({ moderation: 'on' })
    const channelId = await create(owner, 'public', [member])
    expect(await outcome(send(member, channelId, LINK))).toBe(201)
    expect(await outcome(call(member, 'PATCH', `/channels/${channelId}`, { moderation: 'on' }))).toBe(
      'permission.denied',
    )
    expect(await read(call(owner, 'PATCH', `/channels/${channelId}`, { moderation: 'on' }))).toMatchObject({
      moderation: 'on',
    })
    expect(await outcome(send(member, channelId, LINK))).toBe(202)
    await read(call(owner, 'PATCH', `/channels/${channelId}`, { moderation: 'off' }))
    expect(await outcome(send(member, channelId, LINK))).toBe(201)
    const direct = await read(call(owner, 'POST', '/channels', { type: 'direct', members: [member.userId] }))
    expect(await outcome(call(owner, 'PATCH', `/channels/${direct.id}`, { moderation: 'on' }))).toBe('channel.fixed')
  })

  test('[MO-3] a held message has no seq and takes no place in the channel; its author and the moderators are told', async () => {
    const { owner, moderator, author, stranger, channelId } = await moderated()
    const before = (await read(call(owner, 'GET', `/channels/${channelId}`))).seq
    const answer = await send(author, channelId, LINK, { client_id: newId() })
    expect(answer).toMatchObject({ ok: true, value: { status: 202 } })
    const message = await read(Promise.resolve(answer))
    expect(message).toMatchObject({ seq: null, status: 'pending', content: LINK, held_for: ['link'], username: 'ann' })
    expect((await read(call(owner, 'GET', `/channels/${channelId}`))).seq).toBe(before)
    expect(await historyOf(author, channelId)).toEqual([])
    for (const who of [author, owner, moderator]) {
      const [frame] = await moderationOf(who)
      expect(frame, who.username).toMatchObject({
        type: 'message_held',
        id: message.id,
        content: LINK,
        status: 'pending',
        seq: null,
      })
    }
    expect(await moderationOf(stranger)).toEqual([])
    expect(await queueOf(moderator)).toMatchObject([{ id: message.id, content: LINK }])
    expect(await read(call(author, 'GET', `/channels/${channelId}/held`))).toMatchObject({
      items: [{ id: message.id }],
    })
  })

  test('[MO-3] the same client_id is answered the same; another text under it is a conflict', async () => {
    const { author, moderator, channelId } = await moderated()
    const clientId = newId()
    const first = await held(author, channelId, LINK, { client_id: clientId })
    const again = await send(author, channelId, LINK, { client_id: clientId })
    expect(again).toEqual({ ok: true, value: { status: 202, body: first } })
    expect(await outcome(send(author, channelId, `${LINK}!`, { client_id: clientId }))).toBe(
      'message.client_id_conflict',
    )
    expect(await queueOf(moderator)).toHaveLength(1)
    // Approved meanwhile, it is the message; the retry finds it.
    expect(await outcome(decide(moderator, first.id, 'approve'))).toBe(200)
    const after = await send(author, channelId, LINK, { client_id: clientId })
    expect(after).toMatchObject({ ok: true, value: { status: 200, body: { id: first.id, status: 'visible' } } })
    expect(await historyOf(author, channelId)).toHaveLength(1)
  })

  test('[MO-2] of a new account what comes after three messages in ten seconds; a retry of it stays held', async () => {
    const { owner, channelId } = await moderated()
    const fresh = person('newt', 'user', Date.now())
    await register(fresh)
    const ids = Array.from({ length: 5 }, () => newId())
    const answers = await Promise.all(ids.map((client_id, n) => send(fresh, channelId, `number ${n}`, { client_id })))
    expect(answers.map((each) => each.ok && each.value.status)).toEqual([201, 201, 201, 202, 202])
    expect(await queueOf(owner)).toMatchObject([{ held_for: ['new_account'] }, { held_for: ['new_account'] }])
    expect(await outcome(send(fresh, channelId, 'number 3', { client_id: ids[3] }))).toBe(202)
    expect(await outcome(send(fresh, channelId, 'number 1', { client_id: ids[1] }))).toBe(200)
    expect((await historyOf(owner, channelId)).map(({ content }) => content)).toEqual([
      'number 2',
      'number 1',
      'number 0',
    ])
  })

  test('[MO-4] at most 20 of one person wait in a channel', async () => {
    const { author, channelId } = await moderated()
    for (let n = 0; n < 20; n++) expect(await outcome(send(author, channelId, `${LINK}/${n}`))).toBe(202)
    const refused = await refusal(send(author, channelId, LINK))
    expect(refused).toMatchObject({ code: 'message.too_many_held', retryAfterMs: 60_000 })
  })

  test('[MO-3] whoever may not write is refused as for any message', async () => {
    const { owner, author, stranger, channelId } = await moderated('private')
    expect(await outcome(send(stranger, channelId, LINK))).toBe('not_found')
    expect(await outcome(send(author, channelId, LINK, { thread_id: newId() }))).toBe('message.thread_not_found')
    await read(call(owner, 'DELETE', `/channels/${channelId}`))
    expect(await outcome(send(author, channelId, LINK))).toBe('channel.archived')
  })

  test('[MO-8] an edit does not bring in what would be held', async () => {
    const { author, stranger, channelId } = await moderated()
    const message = await read(send(author, channelId, 'harmless'))
    const path = `/channels/${channelId}/messages/${message.id}`
    expect(await outcome(call(author, 'PATCH', path, { content: LINK }))).toBe('message.would_be_held')
    expect(await outcome(call(author, 'PATCH', path, { content: 'as harmless' }))).toBe(200)
    expect(await outcome(call(stranger, 'PATCH', path, { content: 'mine' }))).toBe('permission.denied')
  })
})

describe('deciding', () => {
  test('[MO-5] what is approved takes the next place then, and is told in the channel and to its author', async () => {
    const { owner, moderator, author, channelId } = await moderated()
    const waiting = await held(author, channelId, `${LINK} @mia`)
    const later = await read(send(owner, channelId, 'meanwhile'))
    const approved = await read(decide(moderator, waiting.id, 'approve'))
    expect(approved).toMatchObject({ id: waiting.id, status: 'visible', decided_by: { username: 'mia' } })
    expect(approved.seq).toBeGreaterThan(later.seq)
    const [message] = await historyOf(author, channelId)
    expect(message).toMatchObject({
      id: waiting.id,
      seq: approved.seq,
      content: `${LINK} @mia`,
      mentions: [{ name: 'mia' }],
    })
    const page = await chat.streams.changes(`channel:${channelId}` as never, approved.seq - 1, 10)
    expect(page.changes).toMatchObject([{ type: 'new_message', id: waiting.id }])
    for (const who of [author, owner, moderator]) {
      expect(await moderationOf(who), who.username).toMatchObject([
        { type: 'message_decided', status: 'visible', seq: approved.seq },
      ])
    }
    expect(await queueOf(owner)).toEqual([])
  })

  test('[MO-5] of two moderators one decides; the other is told who did', async () => {
    const { owner, moderator, author, channelId } = await moderated()
    const waiting = await held(author, channelId)
    const [one, two] = await Promise.all([
      decide(owner, waiting.id, 'approve'),
      decide(moderator, waiting.id, 'remove', 'spam'),
    ])
    const [winner, loser] = one.ok ? [owner, two] : [moderator, one]
    const what = one.ok ? 'approved' : 'removed'
    const message = `${winner.displayName} has ${what} this message already.`
    expect(loser).toMatchObject({ error: { code: 'moderation.decided', message } })
    expect(await historyOf(author, channelId)).toHaveLength(one.ok ? 1 : 0)
    expect(await refusal(decide(moderator, waiting.id, 'approve'))).toMatchObject({ code: 'moderation.decided' })
  })

  test('[MO-5] removing needs a reason, which its author reads', async () => {
    const { moderator, author, channelId } = await moderated()
    const waiting = await held(author, channelId)
    expect(await refusal(decide(moderator, waiting.id, 'remove'))).toMatchObject({
      code: 'request.invalid',
      path: 'reason',
    })
    expect(await refusal(decide(moderator, waiting.id, 'remove', '  '))).toMatchObject({ path: 'reason' })
    expect(await outcome(decide(moderator, waiting.id, 'remove', 'no offers here'))).toBe(200)
    const own = await read(call(author, 'GET', `/moderation/${waiting.id}`))
    expect(own).toMatchObject({ status: 'removed', reason: 'no offers here', content: LINK, seq: null })
    expect(await historyOf(author, channelId)).toEqual([])
  })

  test('[MO-5] a message that stands is taken out: its text is gone for all others, by every way', async () => {
    const { owner, moderator, author, stranger, channelId } = await moderated()
    const root = await read(send(owner, channelId, 'root'))
    const message = await read(send(author, channelId, 'secret word @mia', { thread_id: root.id }))
    await read(call(stranger, 'PUT', `/channels/${channelId}/messages/${message.id}/reactions/👍`))
    await read(call(stranger, 'PUT', `/channels/${channelId}/messages/${message.id}/save`))
    await read(decide(moderator, message.id, 'remove', 'off topic'))
    const doors = [
      call(stranger, 'GET', `/channels/${channelId}/messages`),
      call(stranger, 'GET', `/channels/${channelId}/messages/${message.id}`),
      call(stranger, 'GET', `/messages/${message.id}`),
      call(stranger, 'GET', `/channels/${channelId}/messages/${root.id}/thread`),
      call(stranger, 'GET', `/channels/${channelId}/messages/${message.id}/edits`),
      call(stranger, 'GET', '/saved'),
      call(stranger, 'GET', `/moderation/${message.id}`),
      call(stranger, 'GET', `/channels/${channelId}/held`),
      chat.streams.changes(`channel:${channelId}` as never, 0, 500),
      chat.streams.changes(userStream(stranger.userId), 0, 500),
    ]
    for (const door of doors) expect(JSON.stringify(await door)).not.toContain('secret word')
    expect(await read(call(author, 'GET', `/channels/${channelId}/held`))).toMatchObject({
      items: [{ content: 'secret word @mia', reason: 'off topic' }],
    })
    // Within a minute it comes back, at its place, with what belonged to it.
    await read(call(moderator, 'DELETE', `/moderation/${message.id}/decision`))
    const [back] = (await read(call(stranger, 'GET', `/channels/${channelId}/messages/${root.id}/thread`))).items
    expect(back).toMatchObject({
      id: message.id,
      seq: message.seq,
      content: 'secret word @mia',
      mentions: [{ name: 'mia' }],
    })
    expect(back).toMatchObject({ reactions: [{ emoji: '👍', count: 1 }] })
    expect((await read(call(stranger, 'GET', '/saved'))).items).toHaveLength(1)
    expect(await read(call(author, 'GET', `/channels/${channelId}/held`))).toEqual({ items: [] })
  })

  test('[MO-6] undoing an approval takes it out again, and approving once more brings it back, once', async () => {
    const { owner, moderator, author, channelId } = await moderated()
    const waiting = await held(author, channelId)
    await read(decide(moderator, waiting.id, 'approve'))
    expect(await read(call(owner, 'DELETE', `/moderation/${waiting.id}/decision`))).toMatchObject({
      status: 'pending',
      seq: null,
    })
    expect(await historyOf(author, channelId)).toEqual([])
    expect(await queueOf(owner)).toHaveLength(1)
    await read(decide(owner, waiting.id, 'approve'))
    expect(await historyOf(author, channelId)).toMatchObject([{ id: waiting.id, content: LINK }])
    await read(call(owner, 'DELETE', `/moderation/${waiting.id}/decision`))
    expect(await outcome(call(owner, 'DELETE', `/moderation/${waiting.id}/decision`))).toBe('moderation.not_undoable')
  })

  test('[MO-5] who moderates: owners and moderators of the channel, administrators in public ones', async () => {
    const { author, stranger, channelId } = await moderated()
    const admin = person('root', 'admin')
    await register(admin)
    const waiting = await held(author, channelId)
    expect(await outcome(decide(stranger, waiting.id, 'approve'))).toBe('permission.denied')
    expect(await outcome(decide(author, waiting.id, 'approve'))).toBe('permission.denied')
    expect(await outcome(call(stranger, 'GET', '/moderation/queue'))).toBe('permission.denied')
    expect(await outcome(call(stranger, 'GET', `/moderation/${waiting.id}`))).toBe('not_found')
    expect((await queueOf(admin)).map(({ id }) => id)).toContain(waiting.id)
    expect(await outcome(decide(admin, waiting.id, 'approve'))).toBe(200)

    const hidden = await moderated('private')
    const secret = await held(hidden.author, hidden.channelId)
    expect(await outcome(decide(admin, secret.id, 'approve'))).toBe('not_found')
    expect((await queueOf(admin)).map(({ id }) => id)).not.toContain(secret.id)
    expect(await outcome(call(admin, 'GET', `/moderation/queue?channel_id=${hidden.channelId}`))).toBe('not_found')
    expect(await outcome(decide(hidden.moderator, secret.id, 'approve'))).toBe(200)
  })

  test('[MO-5] who moderates no more reads nothing more, in their own stream either', async () => {
    const { owner, moderator, author, channelId } = await moderated()
    const waiting = await held(author, channelId)
    await read(call(owner, 'PATCH', `/channels/${channelId}/members/${moderator.userId}`, { role: 'member' }))
    expect(await moderationOf(moderator)).toEqual([])
    const opened = await openStream(moderator, userStream(moderator.userId))
    const page = await chat.streams.changes(userStream(moderator.userId), 0, 500)
    expect(page.through).toBe(opened.ok && opened.value.head)
    expect(await outcome(call(moderator, 'GET', `/moderation/${waiting.id}`))).toBe('not_found')
  })

  test('[MO-5] whose author has gone is not posted', async () => {
    const { owner, moderator, author, channelId } = await moderated('private')
    const waiting = await held(author, channelId)
    await read(call(owner, 'DELETE', `/channels/${channelId}/members/${author.userId}`))
    expect(await outcome(decide(moderator, waiting.id, 'approve'))).toBe('moderation.cannot_post')
    expect(await outcome(decide(moderator, waiting.id, 'remove', 'gone'))).toBe(200)
  })

  test('[MO-5] the queue is oldest first, paged without gap', async () => {
    const { owner, author, channelId } = await moderated()
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push((await held(author, channelId, `${LINK}/${n}`)).id)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const more: string = cursor === null ? '' : `&cursor=${cursor}`
      const page = await read(call(owner, 'GET', `/moderation/queue?channel_id=${channelId}&limit=2${more}`))
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== null)
    expect(seen).toEqual(ids)
  })
})

describe('the words', () => {
  test('[MO-10] of the house and of a channel hold a message from the next one on', async () => {
    const admin = person('root', 'admin')
    await register(admin)
    const { owner, moderator, author, channelId } = await moderated()
    const words = (who: Caller, path: string, list: readonly string[]) => call(who, 'PUT', path, { words: list })
    const ofChannel = `/channels/${channelId}/words`
    expect(await outcome(send(author, channelId, 'a Bargain'))).toBe(201)
    expect(await outcome(words(owner, '/moderation/words', ['offer']))).toBe('permission.denied')
    expect(await outcome(words(author, ofChannel, ['offer']))).toBe('permission.denied')
    expect(await read(words(admin, '/moderation/words', [' bargain ', 'BARGAIN', 'buy now']))).toEqual({
      words: ['bargain', 'buy now'],
    })
    expect(await read(words(moderator, ofChannel, ['offer']))).toEqual({ words: ['offer'] })
    for (const text of ['a Bargain', 'ＢＵＹ now!', 'an offer']) {
      expect(await read(send(author, channelId, text)), text).toMatchObject({ status: 'pending', held_for: ['word'] })
    }
    expect(await outcome(send(author, channelId, 'bargains, offered'))).toBe(201)
    expect(await refusal(words(admin, '/moderation/words', ['fine', '!!']))).toMatchObject({ path: 'words.1' })
    expect(await read(call(admin, 'GET', '/moderation/words'))).toEqual({ words: ['bargain', 'buy now'] })
    expect(await read(call(moderator, 'GET', ofChannel))).toEqual({ words: ['offer'] })
    expect((await read(call(admin, 'GET', `/audit?channel_id=${channelId}`))).items).toMatchObject([
      { action: 'words.set', actor: { username: 'mia' }, details: { added: ['offer'], removed: [] } },
      { action: 'moderation.turned_on' },
    ])
    await read(words(admin, '/moderation/words', []))
    expect(await outcome(send(author, channelId, 'a Bargain'))).toBe(201)
  })
})

describe('reports', () => {
  test('[MO-7] put a message that stands into the queue, each person once; its author is not told', async () => {
    const { owner, moderator, author, stranger, channelId } = await moderated()
    const message = await read(send(author, channelId, 'rude'))
    const report = (who: Caller) =>
      call(who, 'POST', `/channels/${channelId}/messages/${message.id}/report`, { reason: `says ${who.userId}` })
    for (const who of [stranger, stranger, moderator]) expect(await outcome(report(who))).toBe(204)
    expect(await queueOf(owner)).toMatchObject([{ id: message.id, status: 'reported', reports: 2, content: 'rude' }])
    const reasons = [moderator, stranger].map(({ userId }) => `says ${userId}`)
    expect(await queueOf(owner)).toMatchObject([{ report_reasons: expect.arrayContaining(reasons) as unknown }])
    expect(await moderationOf(author)).toEqual([])
    expect(await outcome(call(author, 'GET', `/moderation/${message.id}`))).toBe('not_found')
    expect(await read(decide(owner, message.id, 'approve'))).toMatchObject({ status: 'visible' })
    expect(await historyOf(stranger, channelId)).toMatchObject([{ id: message.id, changed_seq: message.seq }])
    expect(await outcome(call(stranger, 'POST', `/channels/${channelId}/messages/${newId()}/report`, {}))).toBe(
      'not_found',
    )
  })
})

describe('the audit log', () => {
  test('[AU-1] has who did what to what and why, for administrators, filtered and paged; nothing changes it', async () => {
    const admin = person('root', 'admin')
    await register(admin)
    const { owner, moderator, author, channelId } = await moderated()
    const waiting = await held(author, channelId)
    await read(decide(moderator, waiting.id, 'remove', 'spam'))
    await read(call(owner, 'DELETE', `/moderation/${waiting.id}/decision`))
    const log = await read(call(admin, 'GET', `/audit?channel_id=${channelId}`))
    expect(log.items).toMatchObject([
      { action: 'moderation.undone', actor: { username: 'olga' }, message_id: waiting.id, user: { username: 'ann' } },
      { action: 'message.removed', actor: { username: 'mia' }, reason: 'spam' },
      { action: 'moderation.turned_on', actor: { username: 'olga' }, channel_id: channelId },
    ])
    const only = await read(
      call(admin, 'GET', `/audit?channel_id=${channelId}&action=message.removed&actor_id=${moderator.userId}`),
    )
    expect(only.items).toHaveLength(1)
    expect(await outcome(call(moderator, 'GET', '/audit'))).toBe('permission.denied')

    const hidden = await moderated('private')
    expect((await read(call(admin, 'GET', `/audit?channel_id=${hidden.channelId}`))).items).toEqual([])
  })
})

test('[AU-1] the log has which words came and went, and nothing when none did; lists are not set all the time', async () => {
  const admin = person('root', 'admin')
  await register(admin)
  const { moderator, channelId } = await moderated()
  const set = (...words: string[]) => call(moderator, 'PUT', `/channels/${channelId}/words`, { words })
  for (const words of [['offer', 'deal'], ['offer', 'deal'], ['deal', 'offer'], ['deal', 'bargain'], []]) {
    expect(await outcome(set(...words))).toBe(200)
  }
  const log = await read(call(admin, 'GET', `/audit?channel_id=${channelId}&action=words.set`))
  expect(log.items.map((item) => (item as unknown as { details: unknown }).details)).toEqual([
    { added: [], removed: ['deal', 'bargain'] },
    { added: ['bargain'], removed: ['offer'] },
    { added: ['offer', 'deal'], removed: [] },
  ])
  const asked: (string | number)[] = []
  for (let n = 0; n < 16; n++) asked.push(await outcome(set()))
  expect(asked.slice(-2)).toEqual([200, 'message.changed_too_often'])
})

test('[MO-7] what is reported in a conversation is for administrators: that message, and nothing else', async () => {
  const admin = person('root', 'admin')
  const [ann, ben, eve] = [person('ann'), person('ben'), person('eve')]
  await register(admin, ann, ben, eve)
  const direct = (await read(call(ann, 'POST', '/channels', { type: 'direct', members: [ben.userId] }))).id
  const other = await read(send(ann, direct, 'between us'))
  const threat = await read(send(ann, direct, 'I know where you live'))
  expect(await outcome(decide(admin, threat.id, 'remove', 'a threat'))).toBe('not_found')
  const report = `/channels/${direct}/messages/${threat.id}/report`
  expect(await outcome(call(ben, 'POST', report, { reason: 'a threat' }))).toBe(204)

  const told = { id: threat.id, content: 'I know where you live', report_reasons: ['a threat'] }
  expect((await queueOf(admin)).filter(({ id }) => id === threat.id)).toMatchObject([told])
  expect((await moderationOf(admin)).at(-1)).toMatchObject({ type: 'message_held', ...told })
  expect(await read(call(admin, 'GET', `/moderation/${threat.id}`))).toMatchObject(told)
  const doors = [
    call(admin, 'GET', `/channels/${direct}/messages`),
    call(admin, 'GET', `/channels/${direct}/messages/${threat.id}`),
    call(admin, 'GET', `/messages/${threat.id}`),
    call(admin, 'GET', `/moderation/${other.id}`),
    decide(admin, other.id, 'remove', 'why'),
    decide(eve, threat.id, 'remove', 'why'),
    call(eve, 'GET', `/moderation/${threat.id}`),
  ]
  for (const door of doors) expect(await outcome(door)).toBe('not_found')
  // Its people decide nothing about each other, and its author learns nothing of it.
  for (const who of [ann, ben]) expect(await outcome(decide(who, threat.id, 'approve'))).toBe('permission.denied')
  expect(await outcome(call(ann, 'GET', `/moderation/${threat.id}`))).toBe('not_found')
  expect(await moderationOf(ann)).toEqual([])

  expect(await read(decide(admin, threat.id, 'remove', 'a threat'))).toMatchObject({ status: 'removed' })
  expect((await historyOf(ben, direct)).map(({ content }) => content)).toEqual(['between us'])
  const log = await read(call(admin, 'GET', `/audit?channel_id=${direct}`))
  expect(log.items).toMatchObject([{ action: 'message.removed' }, { action: 'message.reported' }])
  await read(call(admin, 'DELETE', `/moderation/${threat.id}/decision`))
  expect(await historyOf(ben, direct)).toHaveLength(2)
  expect(await read(decide(admin, threat.id, 'approve'))).toMatchObject({ status: 'visible' })
  await query(`update chat.moderated_messages set decided_at = now() - interval '2 minutes' where id = $1`, [threat.id])
  expect(await outcome(call(admin, 'GET', `/moderation/${threat.id}`))).toBe('not_found')
  expect(await moderationOf(admin)).toEqual([])
})

test('[SV-3] who saves a message while it is removed waits for the removal, and neither waits in a circle', async () => {
  const { owner, author, channelId } = await moderated()
  const { id } = await held(author, channelId, 'no link', { client_id: newId() })
  const ownHead = 'select from chat.user_heads where user_id = $1 for update'
  const [removed, saved] = await whileLocked(ownHead, [owner.userId], async () => {
    const removing = outcome(decide(owner, id, 'remove', 'off topic'))
    await expect.poll(lockWaiters).toBe(1)
    const saving = outcome(call(owner, 'PUT', `/channels/${channelId}/messages/${id}/save`))
    await expect.poll(lockWaiters).toBe(2)
    return [removing, saving] as const
  })
  expect(await Promise.all([removed, saved])).toEqual([200, 204])
  expect((await read(call(owner, 'GET', '/saved/ids'))) as unknown).toMatchObject({ message_ids: [] })
})
