import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  channelNameKey,
  codePointCount,
  numberedChannelName,
  parseChannelName,
  parseSectionName,
  toChannelName,
  type ChannelName,
} from './channel-name.ts'

/** Any code points, half of surrogate pairs too; those of the first planes often. */
const anyText = fc
  .array(fc.oneof(fc.nat({ max: 0x2fff }), fc.nat({ max: 0x10ffff })), { maxLength: 100 })
  .map((points) => String.fromCodePoint(...points))

function parsed(text: string): ChannelName {
  const name = parseChannelName(text)
  if (!name.ok) throw new Error(`${JSON.stringify(text)} was refused: ${name.error.kind}`)
  return name.value
}

function refusal(text: string): string | undefined {
  const name = parseChannelName(text)
  return name.ok ? undefined : name.error.kind
}

describe('a channel name (CH-1)', () => {
  test('is trimmed and in NFC', () => {
    expect(parsed('  general ')).toBe('general')
    expect(parsed('cafe\u0301')).toBe('caf\u00e9')
  })

  test('has 1 to 80 characters, counted as people count them', () => {
    expect(refusal('')).toBe('blank')
    expect(refusal(' \t ')).toBe('blank')
    expect(parsed('x'.repeat(80))).toHaveLength(80)
    expect(refusal('x'.repeat(81))).toBe('too_long')
    expect(parsed('😀'.repeat(80))).toHaveLength(160)
    expect(refusal('😀'.repeat(81))).toBe('too_long')
  })

  test('has no leading # and nothing that cannot be printed', () => {
    expect(refusal('#general')).toBe('leading_hash')
    expect(refusal(' #general')).toBe('leading_hash')
    expect(parsed('c#')).toBe('c#')
    for (const text of ['a\0b', 'a\nb', 'a\u001bb', 'a\u202eb', 'a\u2028b', 'a\ud800b']) {
      expect(refusal(text)).toBe('unprintable')
    }
  })

  test('is the same name in another case or a compatibility form (CH-2)', () => {
    expect(channelNameKey(parsed('General'))).toBe(channelNameKey(parsed('gENERAL')))
    expect(channelNameKey(parsed('ｇeneral'))).toBe(channelNameKey(parsed('general')))
    expect(channelNameKey(parsed('general'))).not.toBe(channelNameKey(parsed('generals')))
  })

  test('is the same name with characters that show nothing, and is no name of these alone (CH-2)', () => {
    for (const text of ['lob\u200bby', 'lobby\u2060', '\u200b lobby', 'l\u00adobby', '\u3164lobby']) {
      expect(channelNameKey(parsed(text))).toBe(channelNameKey(parsed('lobby')))
    }
    expect(refusal('\u200b\u2060')).toBe('blank')
    expect(toChannelName('\u200b'.repeat(100) + 'a')).toBe('channel')
    // Emoji are joined with one of them.
    expect(parsed('👩\u200d🚀')).toBe('👩\u200d🚀')
  })
})

describe('a name from an import (IM-3)', () => {
  test('any text becomes a name that may be borne, numbered or not', () => {
    fc.assert(
      fc.property(anyText, fc.nat({ max: 9_999 }), (text, attempt) => {
        const name = toChannelName(text)
        expect(parsed(name)).toBe(name)
        const numbered = numberedChannelName(name, attempt)
        expect(parsed(numbered)).toBe(numbered)
        expect(codePointCount(numbered)).toBeLessThanOrEqual(80)
      }),
    )
  })

  test('a good name stays as it is; a taken one gets a number', () => {
    expect(toChannelName('general')).toBe('general')
    expect(toChannelName('#general')).toBe('general')
    expect(toChannelName('\0')).toBe('channel')
    expect(numberedChannelName(toChannelName('general'), 1)).toBe('general')
    expect(numberedChannelName(toChannelName('general'), 2)).toBe('general-2')
    expect(numberedChannelName(toChannelName('x'.repeat(90)), 12)).toBe(`${'x'.repeat(77)}-12`)
  })
})

test("a section's name (RD-7) is trimmed, seen, printable and short", () => {
  expect(parseSectionName(' Projects ')).toMatchObject({ ok: true, value: 'Projects' })
  expect(parseSectionName('\u200b ')).toMatchObject({ ok: false, error: 'blank' })
  expect(parseSectionName('a\0b')).toMatchObject({ ok: false, error: 'unprintable' })
  expect(parseSectionName('\ud800')).toMatchObject({ ok: false, error: 'unprintable' })
  // NFC makes three of each.
  expect(parseSectionName('\ufb2c'.repeat(20))).toMatchObject({ ok: false, error: 'too_long' })
})
