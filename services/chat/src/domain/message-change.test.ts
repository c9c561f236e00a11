import { newId, type MessageId, type UserId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import type { Emoji } from './emoji.ts'
import {
  decideChange as decide,
  PINS_MAX,
  REACTION_KINDS_MAX,
  type Changer,
  type MessageState,
} from './message-change.ts'
import type { MessageContent } from './message-content.ts'

const author = newId<UserId>()
const owner = newId<UserId>()
const staff = { moderatesPublic: false, writesPublic: true }
const asAuthor: Changer = { userId: author, ...staff }
const asOwner: Changer = { userId: owner, ...staff }
const asAdmin: Changer = { userId: newId<UserId>(), moderatesPublic: true, writesPublic: true }
const asOther: Changer = { userId: newId<UserId>(), ...staff }

/** The owner asks as one. */
const decideChange: typeof decide = (state, request, by) =>
  decide(
    state && { ...state, channel: { ...state.channel, role: by === asOwner ? 'owner' : state.channel.role } },
    request,
    by,
  )

const state = (more: Partial<MessageState> = {}, channel: Partial<MessageState['channel']> = {}): MessageState => ({
  authorId: author,
  content: 'first',
  threadId: null,
  deleted: false,
  pinned: false,
  poll: undefined,
  reactions: [],
  ...more,
  channel: { type: 'public', archived: false, role: undefined, restricted: undefined, pinCount: 0, ...channel },
})
const edit = (content: string) => ({ kind: 'edit', content: content as MessageContent, mentionNames: [] }) as const
const react = (emoji: string) => ({ kind: 'react', emoji: emoji as Emoji }) as const

describe('a change of a message', () => {
  test('MB-4: who is muted or banned changes nothing, but can delete what they wrote', () => {
    for (const restricted of ['muted', 'banned'] as const) {
      for (const request of [edit('second'), react('👍'), { kind: 'unpin' }, { kind: 'pin' }] as const) {
        expect(decideChange(state({}, { restricted }), request, asAuthor)).toEqual({ ok: false, error: restricted })
      }
      expect(decideChange(state({}, { restricted }), { kind: 'delete' }, asAuthor)).toMatchObject({ ok: true })
    }
  })

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

  test('MC-2: who may not write in the channel changes nothing in it, and administrators do not see into private ones', () => {
    const guest = { ...asAuthor, writesPublic: false }
    const [secret, inSecret] = [{ type: 'private' }, { type: 'private', role: 'member' }] as const
    for (const request of [edit('second'), { kind: 'delete' }, react('👍'), { kind: 'pin' }] as const) {
      expect(decideChange(state(), request, guest)).toEqual({ ok: false, error: 'outside' })
      for (const by of [asAuthor, asAdmin]) {
        expect(decideChange(state({}, secret), request, by)).toEqual({ ok: false, error: 'outside' })
      }
      expect(decideChange(state({}, inSecret), request, guest)).toEqual({ ok: true, value: request })
    }
    expect(decideChange(state({}, inSecret), { kind: 'delete' }, asAdmin)).toEqual({ ok: false, error: 'not_author' })
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
