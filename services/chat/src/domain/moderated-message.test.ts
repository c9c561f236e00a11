import { newId, type UserId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import type { Changer } from './message-change.ts'
import { decideModeration, UNDO_MS, type ModeratedState, type ModerationRequest } from './moderated-message.ts'

const ada = newId<UserId>()
const ben = newId<UserId>()
const nowMs = 1_000_000
const moderator: Changer = { userId: ada, moderatesPublic: false, writesPublic: true }
const approve: ModerationRequest = { kind: 'approve', reason: null }
const remove: ModerationRequest = { kind: 'remove', reason: 'off topic' }
const undo: ModerationRequest = { kind: 'undo' }

function state(more: Partial<ModeratedState> = {}): ModeratedState {
  const channel = { type: 'public', archived: false, role: 'moderator' } as const
  const decision = { statusBefore: null, decidedBy: null, decidedAtMs: null }
  return { authorId: ben, status: 'pending', ...decision, deleted: false, channel, ...more }
}

const decided = (status: ModeratedState['status'], statusBefore: ModeratedState['status'], agoMs = 0) =>
  state({ status, statusBefore, decidedBy: ben, decidedAtMs: nowMs - agoMs })

const decide = (at: ModeratedState, request: ModerationRequest, by = moderator) => {
  const result = decideModeration(at, request, { by, nowMs })
  return result.ok ? `${result.value.to}, ${result.value.effect}` : result.error.kind
}

describe('[MO-5] decisions', () => {
  test('what waits is posted, kept or taken out', () => {
    expect(decide(state(), approve)).toBe('visible, post')
    expect(decide(state(), remove)).toBe('removed, none')
    expect(decide(state({ status: 'reported' }), approve)).toBe('visible, none')
    expect(decide(state({ status: 'reported' }), remove)).toBe('removed, take_out')
    expect(decide(state({ status: 'visible' }), remove)).toBe('removed, take_out')
    expect(decide(state({ status: 'visible' }), approve)).toBe('not_found')
  })

  test('a second one is a conflict that names who made the first', () => {
    for (const status of ['visible', 'removed'] as const) {
      const result = decideModeration(decided(status, 'pending', 5), remove, { by: moderator, nowMs })
      expect(result).toEqual({ ok: false, error: { kind: 'decided', by: ben, status, atMs: nowMs - 5 } })
    }
  })

  test('are for moderators of the channel, and for administrators in public ones', () => {
    const outside = { type: 'public', archived: false, role: undefined } as const
    expect(decide(state({ channel: { ...outside, role: 'member' } }), approve)).toBe('not_moderator')
    expect(decide(state({ channel: outside }), approve, { ...moderator, moderatesPublic: true })).toBe('visible, post')
    const hidden = { ...outside, type: 'private' } as const
    expect(decide(state({ channel: hidden }), approve, { ...moderator, moderatesPublic: true })).toBe('not_moderator')
  })

  test('an archived channel takes nothing more, and lets go', () => {
    const channel = { type: 'public', archived: true, role: 'owner' } as const
    expect(decide(state({ channel }), approve)).toBe('archived')
    expect(decide(state({ channel }), remove)).toBe('removed, none')
    expect(decide(state({ channel, status: 'reported' }), remove)).toBe('removed, take_out')
  })

  test('what its author deleted is gone', () => {
    expect(decide(state({ status: 'reported', deleted: true }), remove)).toBe('not_found')
  })
})

describe('[MO-6] undoing', () => {
  test('brings back what was before, within a minute', () => {
    expect(decide(decided('visible', 'pending', UNDO_MS), undo)).toBe('pending, take_out')
    expect(decide(decided('removed', 'pending'), undo)).toBe('pending, none')
    expect(decide(decided('removed', 'reported'), undo)).toBe('reported, post')
    expect(decide(decided('removed', 'visible'), undo)).toBe('visible, post')
    expect(decide(decided('visible', 'reported'), undo)).toBe('reported, none')
    expect(decide(decided('visible', 'pending', UNDO_MS + 1), undo)).toBe('too_late')
    expect(decide(state(), undo)).toBe('nothing_to_undo')
  })
})
