import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideDraft, parseDraftContent } from './draft.ts'

const FEW = { count: 0, max: 10 }

describe('a draft', () => {
  test('DR-2: is replaced by who knew it, and by who says that they do not care', () => {
    const draft = { content: 'before', version: 7 }
    expect(decideDraft(draft, { content: 'after', follows: 7 }, FEW)).toEqual({ ok: true, value: 'changed' })
    expect(decideDraft(draft, { content: 'after', follows: undefined }, FEW)).toEqual({ ok: true, value: 'changed' })
    expect(decideDraft(draft, { content: 'after', follows: 6 }, FEW)).toEqual({ ok: false, error: 'draft_changed' })
    expect(decideDraft(draft, { content: '', follows: 6 }, FEW)).toEqual({ ok: false, error: 'draft_changed' })
    expect(decideDraft(draft, { content: 'before', follows: 6 }, FEW)).toEqual({ ok: true, value: 'unchanged' })
    expect(decideDraft({ content: '', version: 7 }, { content: 'new', follows: 0 }, FEW).ok).toBe(true)
  })

  test('DR-3: beyond the bound there is no new one, and each can still be emptied', () => {
    const full = { count: 10, max: 10 }
    expect(decideDraft({ content: '', version: 0 }, { content: 'x', follows: 0 }, full)).toEqual({
      ok: false,
      error: 'too_many',
    })
    expect(decideDraft({ content: 'x', version: 3 }, { content: '', follows: 3 }, full).ok).toBe(true)
  })

  test('DR-1: a blank text is none, any other is kept as it came', () => {
    expect(parseDraftContent(' \n')).toEqual({ ok: true, value: '' })
    expect(parseDraftContent(' two words \n')).toEqual({ ok: true, value: ' two words \n' })
    expect(parseDraftContent('x'.repeat(10_001))).toMatchObject({ ok: false, error: { kind: 'too_long' } })
    expect(parseDraftContent('a\0')).toMatchObject({ ok: false, error: { kind: 'nul' } })
  })

  test('DR-2: whatever two devices write, and whenever they hear of each other, each text is seen before it is replaced', () => {
    const step = fc.record({
      device: fc.nat(1),
      do: fc.constantFrom('write' as const, 'hear' as const),
      text: fc.string(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let stored = { content: '', version: 0 }
        const known = [stored, stored]
        for (const { device, do: what, text } of steps) {
          if (what === 'hear') {
            known[device] = stored
            continue
          }
          const write = { content: text, follows: known[device]?.version ?? 0 }
          const decided = decideDraft(stored, write, FEW)
          if (!decided.ok || decided.value === 'unchanged') continue
          expect(stored.content === '' || known[device]?.content === stored.content).toBe(true)
          stored = { content: text, version: stored.version + 1 }
          known[device] = stored
        }
      }),
    )
  })
})
