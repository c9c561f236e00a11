import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CONTENT_CHARACTERS_MAX, messageContent } from './message-content.ts'
import type { JsonRecord } from './json-value.ts'
import type { SlackNames } from './mrkdwn-to-markdown.ts'
import { emojiOf } from './slack-emoji.ts'
import { parseChannel, parseMessage, parseTime, parseUser } from './slack-records.ts'

const names: SlackNames = { user: () => undefined, channel: () => undefined }
const contentOf = (message: JsonRecord): string => messageContent(message, names).markdown
const bot = (...attachments: object[]): string => contentOf({ type: 'message', text: '', attachments })

describe('attachments', () => {
  test('are quoted with their title, text and fields', () => {
    expect(
      bot({
        pretext: 'New *issue*',
        title: 'It | breaks',
        title_link: 'https://e.org/1',
        text: 'when &lt;b&gt;\n\n```x```',
        fields: [{ title: 'Priority', value: 'high' }, { value: 'alone' }, {}],
        fallback: 'not shown',
      }),
    ).toBe(
      '> New **issue**\n> [It breaks](https://e.org/1)\n> when \\<b>\n>\n> ```\n> x\n> ```\n> Priority: high\n> alone',
    )
  })

  test('without anything else show their fallback, and nothing when they are empty', () => {
    expect(bot({ fallback: 'Build passed' })).toBe('> Build passed')
    expect(bot({}, {})).toBe('')
  })

  test('that preview a link of the text are left out; a shared message without a text of its own is not', () => {
    const preview = { from_url: 'https://e.org', title: 'E', text: 'about E' }
    expect(contentOf({ text: '<https://e.org>', attachments: [preview] })).toBe('<https://e.org>')
    expect(contentOf({ text: '', attachments: [preview] })).toBe('> E\n> about E')
  })
})

describe('blocks', () => {
  const rich = (...elements: object[]): string => contentOf({ text: '', blocks: [{ type: 'rich_text', elements }] })
  const section = (...elements: object[]): object => ({ type: 'rich_text_section', elements })

  test('give their text when the message has none', () => {
    expect(
      rich(
        section(
          { type: 'text', text: 'a <b> ' },
          { type: 'text', text: ' it ', style: { italic: true } },
          { type: 'broadcast', range: 'here' },
        ),
        {
          type: 'rich_text_list',
          style: 'ordered',
          elements: [section({ type: 'text', text: 'x' }), section({ type: 'text', text: 'y' })],
        },
        { type: 'rich_text_quote', elements: [{ type: 'text', text: 'q' }] },
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'code <1>' }] },
      ),
    ).toBe('a \\<b>  _it_ @here\n1. x\n2. y\n\n> q\n```\ncode <1>\n```')
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'A & B' } },
      { type: 'section', text: { type: 'mrkdwn', text: '*b*' }, fields: [{ type: 'mrkdwn', text: 'f' }] },
      { type: 'divider' },
      {
        type: 'context',
        elements: [
          { type: 'mrkdwn', text: 'c' },
          { type: 'plain_text', text: 'd' },
        ],
      },
      { type: 'image', image_url: 'https://e.org/i.png', alt_text: 'i' },
    ]
    expect(contentOf({ text: '', blocks })).toBe('A & B\n**b**\nf\nc d\n[i](https://e.org/i.png)')
    expect(contentOf({ text: 'text', blocks })).toBe('text')
  })

  test('are followed to a bounded depth', () => {
    let nested: object = { type: 'text', text: 'deep' }
    for (let depth = 0; depth < 10_000; depth++) nested = section(nested)
    expect(rich(nested)).toBe('')
    expect(rich(section(section({ type: 'text', text: 'near' })))).toBe('near')
  })
})

describe('long text', () => {
  test('is cut at its bound with a note, and closes its code', () => {
    const line = `${'x'.repeat(99)}\n`
    const text = `start\n\`\`\`\n${line.repeat(2000)}\`\`\``
    const content = messageContent({ text }, names)
    expect(content.cut).toBe(true)
    expect(content.markdown.length).toBeLessThanOrEqual(CONTENT_CHARACTERS_MAX)
    expect(content.markdown.length).toBeGreaterThan(CONTENT_CHARACTERS_MAX * 0.9)
    expect(content.markdown).toMatch(/\(The rest of this message was too long to be imported\.\)$/)
    expect((content.markdown.match(/^```$/gm)?.length ?? 0) % 2).toBe(0)
  })

  test('is whole up to the bound', () => {
    const text = 'y'.repeat(CONTENT_CHARACTERS_MAX)
    expect(messageContent({ text }, names)).toEqual({ markdown: text, cut: false, files: 0 })
    expect(messageContent({ text: `${text}y` }, names).cut).toBe(true)
    // What is escaped grows: the bound is on what comes out.
    const stars = messageContent({ text: '\\'.repeat(60_000) }, names)
    expect([stars.cut, stars.markdown.length <= CONTENT_CHARACTERS_MAX]).toEqual([true, true])
  })

  test('never splits a character', () => {
    expect(messageContent({ text: `y${'😀'.repeat(60_000)}` }, names).markdown.isWellFormed()).toBe(true)
  })
})

test('what PostgreSQL cannot store is replaced', () => {
  expect(contentOf({ text: 'a\0b\uD800c' })).toBe('a\uFFFDb\uFFFDc')
})

describe('emoji', () => {
  test('have Slack’s names, skin tones and pictures', () => {
    expect(['+1', 'thumbsup', 'thinking_face', 'simple_smile', 'flag-de', 'man-shrugging'].map(emojiOf)).toEqual([
      '👍',
      '👍',
      '🤔',
      '🙂',
      '🇩🇪',
      '🤷‍♂️',
    ])
    expect(['+1::skin-tone-6', 'man-shrugging::skin-tone-4', 'smile::skin-tone-3'].map(emojiOf)).toEqual([
      '👍🏿',
      '🤷🏽‍♂️',
      '😄',
    ])
    expect(['heart', 'sunny', 'point_up::skin-tone-2'].map(emojiOf)).toEqual(['❤️', '☀️', '☝🏻'])
    expect(['', 'no_such', '+1::skin-tone-9', 'constructor', '__proto__'].map(emojiOf)).toEqual(
      Array(5).fill(undefined),
    )
  })
})

describe('records', () => {
  test('times are exact', () => {
    expect(parseTime('1559806290.108100')).toEqual({ text: '1559806290.108100', us: 1_559_806_290_108_100 })
    expect(parseTime('1559806290.1')?.us).toBe(1_559_806_290_100_000)
    expect(parseTime('1559806290')?.us).toBe(1_559_806_290_000_000)
    for (const bad of [1_559_806_290.1, '', '1.', '-1.0', '1e9', '15598062901.0', '1.1234567', null]) {
      expect(parseTime(bad)).toBeUndefined()
    }
  })

  test('a user may have little, but an id', () => {
    expect(parseUser({ id: 'U1' })).toMatchObject({
      ok: true,
      value: { id: 'U1', name: 'U1', displayName: 'U1', email: null },
    })
    expect(parseUser({ id: 'U1', name: ' two words\u0007 ', profile: { email: 'none' } })).toMatchObject({
      ok: true,
      value: { name: 'two-words', email: null },
    })
    for (const bad of [null, [], 'U1', {}, { id: 1 }, { id: 'U/1' }]) expect(parseUser(bad).ok).toBe(false)
  })

  test('a channel needs an id and a name', () => {
    expect(parseChannel({ id: 'C1', name: 'c', topic: { value: 't' } })).toMatchObject({
      ok: true,
      value: { description: 't', members: [], createdAt: new Date(0) },
    })
    for (const bad of [null, {}, { id: 'C1' }, { name: 'c' }]) expect(parseChannel(bad).ok).toBe(false)
  })

  test('a deleted message stays as the root of its thread', () => {
    const deleted = {
      type: 'message',
      subtype: 'tombstone',
      user: 'USLACKBOT',
      ts: '5.0',
      text: 'This message was deleted.',
    }
    expect(parseMessage(deleted).kind).toBe('left_out')
    expect(parseMessage({ ...deleted, thread_ts: '5.0' }).kind).toBe('message')
    expect(contentOf(deleted)).toBe('(deleted)')
  })

  test('whatever an export holds is read without an exception', () => {
    const keys = [
      'type',
      'subtype',
      'ts',
      'thread_ts',
      'user',
      'bot_id',
      'username',
      'text',
      'blocks',
      'attachments',
      'files',
      'file',
      'reactions',
      'edited',
      'user_profile',
      'elements',
      'fields',
      'id',
      'name',
      'profile',
      'members',
    ]
    const leaf = fc.oneof(
      fc.constantFrom('message', '1.5', 'U1', 'rich_text', 'bot_message', 'tombstone', ''),
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    )
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, depthSize: 'small' },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 8 }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 12 }), (record) => {
        parseUser(record)
        parseChannel(record)
        const parsed = parseMessage({ type: 'message', ts: '1.5', user: 'U1', ...record })
        expect(parsed.kind === 'message' ? contentOf(parsed.message.record).isWellFormed() : true).toBe(true)
      }),
      { seed: 20_261_120, numRuns: 3000 },
    )
  })
})
