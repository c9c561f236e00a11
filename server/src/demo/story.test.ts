import { describe, expect, test } from 'vitest'
import { DEMO_ADMIN, DEMO_CHANNELS, DEMO_LINES, DEMO_MEMBER, DEMO_PEOPLE, DEMO_STATUSES, DEMO_TODAY } from './story.ts'

const names = new Set(DEMO_PEOPLE.map(({ username }) => username.toLowerCase()))
const minuteOf = ([daysAgo, time]: readonly [number, string]): number => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return -daysAgo * 1_440 + hours * 60 + minutes
}

describe('the story of the demo', () => {
  test('has a dozen people, and some to sign in as', () => {
    expect(names.size).toBeGreaterThanOrEqual(12)
    expect([DEMO_ADMIN, DEMO_MEMBER].every((name) => names.has(name.toLowerCase()))).toBe(true)
    expect(Object.keys(DEMO_STATUSES).every((name) => names.has(name))).toBe(true)
  })

  test.for(DEMO_CHANNELS.map((channel) => [channel.key, channel] as const))(
    '%s: its people are in it, each message is of the last two weeks, after the one before',
    ([, { members, messages }]) => {
      const inside = new Set(members.split(' '))
      expect([...inside].every((name) => names.has(name))).toBe(true)
      const all = messages.flatMap((message) => [message, ...(message.replies ?? [])])
      for (const { by, at, reactions = {} } of all) {
        expect([...inside]).toContain(by)
        for (const who of Object.values(reactions).join(' ').split(' ').filter(Boolean))
          expect([...inside]).toContain(who)
        expect(at[0]).toBeGreaterThanOrEqual(1)
        expect(at[0]).toBeLessThanOrEqual(14)
      }
      const times = messages.map(({ at }) => minuteOf(at))
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      for (const { at, replies = [] } of messages) {
        for (const reply of replies) expect(minuteOf(reply.at)).toBeGreaterThan(minuteOf(at))
      }
      expect(new Set(all.map(({ text }) => text)).size).toBe(all.length)
    },
  )

  test('what is said today is said by those who are there', () => {
    const membersOf = (key: string): string[] =>
      DEMO_CHANNELS.find((each) => each.key === key)?.members.split(' ') ?? []
    const { mention, poll, draft, scheduled } = DEMO_TODAY
    for (const { channel, by } of [mention, poll, draft, scheduled]) expect(membersOf(channel)).toContain(by)
    expect(Object.keys(poll.votes).every((name) => membersOf(poll.channel).includes(name))).toBe(true)
    for (const [key, lines] of Object.entries(DEMO_LINES)) {
      for (const [by] of lines) expect(membersOf(key)).toContain(by)
    }
  })
})
