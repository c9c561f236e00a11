import type { Channel, User } from '@glasshouse/contracts'
import { describe, expect, test } from 'vitest'
import { messageRights } from './message-rights.ts'
import { ana, platform, sampleMessage } from './testing/samples.ts'

const ben = { ...ana, id: '0197a5c0-0000-7000-8000-0000000000b2', username: 'ben' }
const other: Channel = { ...platform, role: null }
const edited = sampleMessage(3, { edited_at: '2026-11-21T11:30:00.000Z' })

const allowed = (rights: object): string[] => Object.entries(rights).flatMap(([name, is]) => (is === true ? name : []))

describe('messageRights', () => {
  test('a visitor may nothing', () => {
    expect(Object.values(messageRights(edited, null, platform))).not.toContain(true)
  })

  test("one's own may be edited and deleted, another's not", () => {
    expect(messageRights(edited, ana, other)).toMatchObject({ edit: true, delete: true, history: false })
    expect(messageRights(edited, ben, other)).toMatchObject({ edit: false, delete: false, react: true, pin: true })
  })

  test('who moderates the channel, and an administrator in public ones, delete and read what edits replaced, but do not edit', () => {
    const moderates = { edit: false, delete: true, history: true }
    expect(messageRights(edited, ben, { ...platform, role: 'moderator' })).toMatchObject(moderates)
    const boss: User = { ...ben, role: 'admin' }
    expect(messageRights(edited, boss, other)).toMatchObject(moderates)
    expect(messageRights(edited, boss, { ...platform, type: 'private', role: 'member' }).delete).toBe(false)
    expect(messageRights(sampleMessage(3), boss, other).history).toBe(false)
  })

  test('who reads reports what others wrote; who moderates removes it', () => {
    expect(messageRights(edited, ben, other)).toMatchObject({ report: true, remove: false })
    expect(messageRights(edited, ana, other)).toMatchObject({ report: false, remove: false })
    expect(messageRights(edited, ben, { ...other, archived: true }).report).toBe(true)
    const direct: Channel = { ...platform, type: 'direct', role: 'member' }
    expect(messageRights(edited, ben, direct)).toMatchObject({ report: true, remove: false })
    const moderated: Channel = { ...platform, role: 'moderator' }
    expect(messageRights(edited, ben, moderated)).toMatchObject({ report: false, remove: true })
    expect(messageRights(edited, ana, moderated)).toMatchObject({ report: false, remove: false })
  })

  test('a guest does as the others do where they are a member, and only reads elsewhere', () => {
    const guest: User = { ...ben, role: 'guest' }
    expect(allowed(messageRights(edited, guest, other))).toEqual(['save', 'report'])
    expect(messageRights(edited, guest, { ...platform, role: 'member' })).toMatchObject({ react: true, reply: true })
  })

  test('a deleted one with replies takes more of them, and nothing else', () => {
    const deleted = { ...sampleMessage(3), deleted: true as const, reply_count: 1 }
    expect(Object.entries(messageRights(deleted, ana, other)).filter(([, allowed]) => allowed)).toEqual([
      ['reply', true],
    ])
  })
})
