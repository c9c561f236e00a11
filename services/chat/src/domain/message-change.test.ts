import { newId, type MessageId, type UserId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import type { Emoji } from './emoji.ts'
import { decideChange, PINS_MAX, REACTION_KINDS_MAX, type Changer, type MessageState } from './message-change.ts'
import type { MessageContent } from './message-content.ts'

const author = newId<UserId>()
const owner = newId<UserId>()
const asAuthor: Changer = { userId: author, moderatesAll: false }
const asOwner: Changer = { userId: owner, moderatesAll: false }
const asAdmin: Changer = { userId: newId<UserId>(), moderatesAll: true }
const asOther: Changer = { userId: newId<UserId>(), moderatesAll: false }

const state = (more: Partial<MessageState> = {}, channel: Partial<MessageState['channel']> = {}): MessageState => ({
  authorId: author,
  content: 'first',
  threadId: null,
  deleted: false,
  pinned: false,
  reactions: [],
  ...more,
  channel: { archived: false, createdBy: owner, pinCount: 0, ...channel },
})
const edit = (content: string) => ({ kind: 'edit', content: content as MessageContent }) as const
const react = (emoji: string) => ({ kind: 'react', emoji: emoji as Emoji }) as const

describe('a change of a message', () => {
  test('MC-2: only its author edits it', () => {
    expect(decideChange(state(), edit('second'), asAuthor)).toEqual({ ok: true, value: edit('second') })
    for (const by of [asOwner, asAdmin, asOther]) {
      expect(decideChange(state(), edit('second'), by)).toEqual({ ok: false, error: 'not_author' })
    }
  })

  test('MC-3: its author, the moderators of the channel and admins delete it', () => {
    for (const by of [asAuthor, asOwner, asAdmin]) {
      expect(decideChange(state(), { kind: 'delete' }, by)).toEqual({ ok: true, value: { kind: 'delete' } })
    }
    expect(decideChange(state(), { kind: 'delete' }, asOther)).toEqual({ ok: false, error: 'not_author' })
  })

  test('MC-1: what changes nothing is no change', () => {
    const mine = { reactions: [{ emoji: '👍', mine: true }], pinned: true }
    for (const request of [edit('first'), react('👍'), { kind: 'pin' }] as const) {
      expect(decideChange(state(mine), request, asAuthor)).toEqual({ ok: true, value: 'unchanged' })
    }
    const others = { reactions: [{ emoji: '👍', mine: false }] }
    for (const request of [{ kind: 'unreact', emoji: '👍' }, { kind: 'unpin' }] as const) {
      expect(decideChange(state(others), request, asAuthor)).toEqual({ ok: true, value: 'unchanged' })
    }
    expect(decideChange(state({ deleted: true }), { kind: 'delete' }, asAuthor)).toEqual({
      ok: true,
      value: 'unchanged',
    })
  })

  test('MC-1: a message that is not there, or no more, is not found', () => {
    const all = [edit('x'), react('👍'), { kind: 'unreact', emoji: '👍' }, { kind: 'pin' }, { kind: 'unpin' }] as const
    for (const request of all) {
      expect(decideChange(state({ deleted: true }), request, asAuthor)).toEqual({ ok: false, error: 'not_found' })
      expect(decideChange(undefined, request, asAuthor)).toEqual({ ok: false, error: 'not_found' })
    }
    expect(decideChange(undefined, { kind: 'delete' }, asAdmin)).toEqual({ ok: false, error: 'not_found' })
  })

  test('MC-1: in an archived channel nothing changes but what is deleted', () => {
    const archived = state({}, { archived: true })
    for (const request of [edit('x'), react('👍'), { kind: 'pin' }] as const) {
      expect(decideChange(archived, request, asAuthor)).toEqual({ ok: false, error: 'archived' })
    }
    expect(decideChange(archived, { kind: 'delete' }, asAuthor)).toEqual({ ok: true, value: { kind: 'delete' } })
  })

  test('RX-2: at most so many kinds of reaction; one that is there takes more people', () => {
    const reactions = Array.from({ length: REACTION_KINDS_MAX }, (_, index) => ({ emoji: `${index}`, mine: false }))
    expect(decideChange(state({ reactions }), react('👍'), asAuthor)).toEqual({
      ok: false,
      error: 'too_many_reactions',
    })
    expect(decideChange(state({ reactions }), react('3'), asAuthor)).toEqual({ ok: true, value: react('3') })
  })

  test('PN-1: at most so many pins in a channel', () => {
    const full = { pinCount: PINS_MAX }
    expect(decideChange(state({}, full), { kind: 'pin' }, asOther)).toEqual({ ok: false, error: 'too_many_pins' })
    expect(decideChange(state({ pinned: true }, full), { kind: 'pin' }, asOther)).toEqual({
      ok: true,
      value: 'unchanged',
    })
  })

  test('a reply is a message like any other', () => {
    const reply = state({ threadId: newId<MessageId>() })
    expect(decideChange(reply, { kind: 'pin' }, asOther)).toEqual({ ok: true, value: { kind: 'pin' } })
  })
})
