import { newId, type UserId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import type { ChannelRole, MembershipRights } from './membership.ts'
import { UNDO_MS } from './moderated-message.ts'
import {
  decideRestriction,
  type RestrictionFacts,
  type RestrictionKind,
  type RestrictionRequest,
} from './restriction.ts'

const [actor, other] = [newId<UserId>(), newId<UserId>()]
const nowMs = Date.UTC(2026, 10, 21)
const HOUR = 3_600_000

const rights = (more: Partial<MembershipRights> = {}): MembershipRights => ({
  actorId: actor,
  seesPublic: true,
  joinsPublic: true,
  administersPublic: false,
  may: (role, what) => what === 'member.restrict' && (role === 'owner' || role === 'moderator'),
  ...more,
})

function facts(
  roles: { readonly actor?: ChannelRole; readonly other?: ChannelRole } = {},
  more: Partial<RestrictionFacts> = {},
): RestrictionFacts {
  const entries = [[actor, roles.actor] as const, [other, roles.other] as const]
  return {
    type: 'public',
    archived: false,
    roles: new Map(entries.flatMap(([id, role]) => (role === undefined ? [] : [[id, role]]))),
    targetIsAdmin: false,
    terms: undefined,
    undoable: undefined,
    nowMs,
    ...more,
  }
}

const terms = (untilMs = nowMs + HOUR) => ({ untilMs, reason: 'spam', setBy: actor, setAtMs: nowMs - 1_000 })
const forAnHour: RestrictionRequest = { kind: 'set', untilMs: nowMs + HOUR, reason: 'spam' }

const decide = (
  at: RestrictionFacts,
  request: RestrictionRequest = forAnHour,
  { kind = 'mute', by = rights() }: { kind?: RestrictionKind; by?: MembershipRights } = {},
) => decideRestriction(at, by, { target: { userId: other, kind }, request })
const fault = (...args: Parameters<typeof decide>) => {
  const decided = decide(...args)
  return decided.ok ? 'allowed' : decided.error
}

describe('[MB-1] who may', () => {
  test.each<[ChannelRole | undefined, ChannelRole | undefined, string]>([
    ['owner', 'member', 'allowed'],
    ['owner', 'moderator', 'allowed'],
    ['owner', undefined, 'allowed'],
    ['owner', 'owner', 'not_above'],
    ['moderator', 'member', 'allowed'],
    ['moderator', undefined, 'allowed'],
    ['moderator', 'moderator', 'not_above'],
    ['moderator', 'owner', 'not_above'],
    ['member', 'member', 'not_allowed'],
    [undefined, 'member', 'not_allowed'],
  ])('%s against %s: %s', (mine, theirs, expected) => {
    expect(fault(facts({ ...(mine && { actor: mine }), ...(theirs && { other: theirs }) }))).toBe(expected)
  })

  test('administrators stand above the owners of public channels, and have no standing in private ones', () => {
    const by = rights({ administersPublic: true })
    const asAdmin = { by }
    expect(fault(facts({ other: 'owner' }), forAnHour, asAdmin)).toBe('allowed')
    expect(fault(facts({}, { targetIsAdmin: true }), forAnHour, asAdmin)).toBe('not_above')
    expect(fault(facts({ actor: 'owner' }, { targetIsAdmin: true }))).toBe('not_above')
    expect(fault(facts({}, { type: 'private' }), forAnHour, asAdmin)).toBe('hidden')
    expect(fault(facts({ actor: 'owner', other: 'member' }, { type: 'private', targetIsAdmin: true }))).toBe('allowed')
  })

  test('nobody mutes or bans themselves, and nothing of it is in conversations and archived channels', () => {
    const self = decideRestriction(facts({ actor: 'owner' }), rights(), {
      target: { userId: actor, kind: 'ban' },
      request: forAnHour,
    })
    expect(self).toEqual({ ok: false, error: 'not_above' })
    expect(fault(facts({ actor: 'member', other: 'member' }, { type: 'direct' }))).toBe('fixed')
    expect(fault(facts({ actor: 'owner' }, { archived: true }))).toBe('archived')
    expect(fault(facts({}, { type: 'private' }))).toBe('hidden')
  })
})

describe('[MB-2] the end', () => {
  const at = facts({ actor: 'owner', other: 'member' })
  test.each([
    [nowMs, 'not_plannable'],
    [nowMs - 1, 'not_plannable'],
    [nowMs + 367 * 24 * HOUR, 'not_plannable'],
    [Number.NaN, 'not_plannable'],
    [nowMs + 1, 'allowed'],
    [nowMs + 366 * 24 * HOUR, 'allowed'],
    [Number.POSITIVE_INFINITY, 'allowed'],
  ])('%d: %s', (untilMs, expected) => {
    expect(fault(at, { kind: 'set', untilMs, reason: null })).toBe(expected)
  })

  test('the same once more changes nothing; another end replaces it, and what was over is nothing', () => {
    expect(decide({ ...at, terms: terms() })).toEqual({ ok: true, value: 'unchanged' })
    expect(decide({ ...at, terms: terms(nowMs + 2 * HOUR) })).toMatchObject({
      value: { terms: { untilMs: nowMs + HOUR, setAtMs: nowMs }, before: { terms: { untilMs: nowMs + 2 * HOUR } } },
    })
    expect(decide({ ...at, terms: terms(nowMs) })).toMatchObject({ value: { before: { terms: undefined } } })
  })
})

describe('[MB-3] a ban', () => {
  test('puts out who is in; undoing it brings them back as what they were', () => {
    const at = facts({ actor: 'owner', other: 'moderator' })
    expect(decide(at, forAnHour, { kind: 'ban' })).toMatchObject({
      value: { membership: { state: 'left' }, before: { terms: undefined, role: 'moderator' } },
    })
    expect(decide(at)).toMatchObject({ value: { membership: undefined, before: { role: undefined } } })
    const before = { terms: undefined, role: 'moderator' } as const
    const banned = facts({ actor: 'owner' }, { terms: terms(), undoable: { before, changedAtMs: nowMs - 1 } })
    expect(decide(banned, { kind: 'undo' }, { kind: 'ban' })).toEqual({
      ok: true,
      value: {
        request: 'undo',
        terms: undefined,
        before: undefined,
        membership: { state: 'joined', role: 'moderator' },
      },
    })
    // Who stood beside them when they were banned does not decide about them now.
    const byModerator = { ...banned, roles: new Map([[actor, 'moderator' as const]]) }
    expect(fault(byModerator, { kind: 'undo' }, { kind: 'ban' })).toBe('not_above')
  })

  test('who has come in again, since it was lifted, is out again when the lifting is undone', () => {
    const before = { terms: terms(), role: undefined }
    const at = facts({ actor: 'owner', other: 'member' }, { undoable: { before, changedAtMs: nowMs } })
    expect(decide(at, { kind: 'undo' }, { kind: 'ban' })).toMatchObject({
      value: { terms: terms(), membership: { state: 'left' } },
    })
    const over = { ...at, undoable: { before: { ...before, terms: terms(nowMs) }, changedAtMs: nowMs } }
    expect(decide(over, { kind: 'undo' }, { kind: 'ban' })).toMatchObject({
      value: { terms: undefined, membership: undefined },
    })
  })
})

describe('[MB-5] a ban that is changed within its minute', () => {
  const before = { terms: undefined, role: 'moderator' } as const
  const first = facts({ actor: 'owner' }, { terms: terms(), undoable: { before, changedAtMs: nowMs - 40_000 } })
  const longer: RestrictionRequest = { kind: 'set', untilMs: nowMs + 2 * HOUR, reason: 'spam' }
  const carried = { terms: terms(), role: 'moderator', takenAtMs: nowMs - 40_000 } as const

  test('keeps what the first took, as long as that can be undone', () => {
    expect(decide(first, longer, { kind: 'ban' })).toMatchObject({
      value: { terms: { untilMs: nowMs + 2 * HOUR }, before: carried, membership: undefined },
    })
    const late = { ...first, undoable: { before, changedAtMs: nowMs - UNDO_MS - 1 } }
    expect(decide(late, longer, { kind: 'ban' })).toMatchObject({
      value: { before: { terms: terms(), role: undefined } },
    })
  })

  test('is undone to the first, and that to what was before it', () => {
    const second = { ...first, undoable: { before: carried, changedAtMs: nowMs } }
    expect(decide(second, { kind: 'undo' }, { kind: 'ban' })).toMatchObject({
      value: { terms: terms(), before: { terms: undefined, role: 'moderator', takenAtMs: nowMs - 40_000 } },
    })
    const again = { ...carried, terms: undefined }
    const restored = { ...first, undoable: { before: again, changedAtMs: nowMs } }
    expect(decide(restored, { kind: 'undo' }, { kind: 'ban' })).toMatchObject({
      value: { terms: undefined, before: undefined, membership: { state: 'joined', role: 'moderator' } },
    })
    const late = { ...restored, nowMs: nowMs + 20_001 }
    expect(fault(late, { kind: 'undo' }, { kind: 'ban' })).toBe('too_late')
  })

  test('is changed and lifted by who stands above what it took', () => {
    const byModerator = { ...first, roles: new Map([[actor, 'moderator' as const]]) }
    expect(fault(byModerator, longer, { kind: 'ban' })).toBe('not_above')
    expect(fault(byModerator, { kind: 'lift' }, { kind: 'ban' })).toBe('not_above')
    const late = { ...byModerator, nowMs: nowMs + UNDO_MS }
    expect(fault(late, longer, { kind: 'ban' })).toBe('allowed')
  })
})

test('[MB-3] the same ban once more puts out who came in meanwhile, and changes nothing else', () => {
  const inForce = { terms: terms() }
  expect(decide(facts({ actor: 'owner' }, inForce), forAnHour, { kind: 'ban' })).toMatchObject({ value: 'unchanged' })
  expect(decide(facts({ actor: 'owner', other: 'member' }, inForce), forAnHour, { kind: 'ban' })).toMatchObject({
    value: { membership: { state: 'left' }, before: { terms: terms(), role: 'member' } },
  })
})

describe('[MB-5] lifting and undoing', () => {
  const at = facts({ actor: 'owner', other: 'member' })
  test('what is not in force is lifted already', () => {
    expect(decide(at, { kind: 'lift' })).toEqual({ ok: true, value: 'unchanged' })
    expect(decide({ ...at, terms: terms(nowMs) }, { kind: 'lift' })).toEqual({ ok: true, value: 'unchanged' })
    expect(decide({ ...at, terms: terms() }, { kind: 'lift' })).toMatchObject({
      value: { terms: undefined, before: { terms: terms() } },
    })
  })

  test('within a minute, once', () => {
    const undoable = (agoMs: number) => ({ before: { terms: undefined, role: undefined }, changedAtMs: nowMs - agoMs })
    expect(fault(at, { kind: 'undo' })).toBe('nothing_to_undo')
    expect(fault({ ...at, undoable: undoable(UNDO_MS) }, { kind: 'undo' })).toBe('allowed')
    expect(fault({ ...at, undoable: undoable(UNDO_MS + 1) }, { kind: 'undo' })).toBe('too_late')
  })
})
