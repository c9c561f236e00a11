import { describe, expect, test } from 'vitest'
import { parseCustomStatus } from './custom-status.ts'

const NOW_MS = 1_000_000
const parse = (more: { text?: string; emoji?: string; untilMs?: number }) =>
  parseCustomStatus({ text: 'Lunch', emoji: undefined, untilMs: undefined, ...more }, NOW_MS)

describe('PR-4: a custom status', () => {
  test.each([
    [{}, { text: 'Lunch', emoji: undefined, untilMs: undefined }],
    [{ text: '  Lunch \u0065\u0301 ' }, { text: 'Lunch é' }],
    [{ text: '🌴'.repeat(100) }, { text: '🌴'.repeat(100) }],
    [{ emoji: '👩🏽‍💻' }, { emoji: '👩🏽‍💻' }],
    [{ untilMs: NOW_MS + 1 }, { untilMs: NOW_MS + 1 }],
  ])('takes %j', (given, kept) => {
    expect(parse(given)).toMatchObject({ ok: true, value: kept })
  })

  test.each([
    [{ text: ' \u200b ' }, 'text'],
    [{ text: 'two\nlines' }, 'text'],
    [{ text: 'turned \u202e round' }, 'text'],
    [{ text: 'half \ud800' }, 'text'],
    [{ text: '🌴'.repeat(101) }, 'text'],
    [{ emoji: 'x' }, 'emoji'],
    [{ emoji: '🌴🌴' }, 'emoji'],
    [{ untilMs: NOW_MS }, 'until'],
    [{ untilMs: NOW_MS + 367 * 86_400_000 }, 'until'],
    [{ untilMs: Number.NaN }, 'until'],
  ])('refuses %j, with the field at fault', (given, field) => {
    expect(parse(given)).toMatchObject({ ok: false, error: { field } })
  })
})
