import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CLIENT_FRAMES, SERVER_FRAMES } from './frames.ts'
import { CLOSE_CODES, PROTOCOL_VERSION, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX, WIRE_FINGERPRINT } from './protocol.ts'

describe('the wire', () => {
  test('has not changed without a decision about its version', () => {
    const actual = fingerprint()
    const advice = [
      'The frames of the live protocol have changed. Decide:',
      '- an older reader can still take them (a field more, a type more): leave PROTOCOL_VERSION as it is;',
      '- it cannot (a field gone, renamed, or with another meaning): raise PROTOCOL_VERSION and the number in SUBPROTOCOL, and say in',
      '  CHANGELOG.md what an older client has to do.',
      `Then set WIRE_FINGERPRINT in contracts/src/protocol.ts to '${actual}'.`,
    ].join('\n')
    expect(WIRE_FINGERPRINT === actual ? '' : advice).toBe('')
  })

  test('names its version in the subprotocol', () => {
    expect(SUBPROTOCOL).toBe(`glasshouse.v${PROTOCOL_VERSION}`)
  })

  test('does not change with a description or an order of fields', () => {
    const schema = {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'string' }, description: { type: 'number' } },
    }
    const same = {
      properties: {
        description: { type: 'number', description: 'a field that is called so' },
        a: { type: 'string', examples: ['x'] },
      },
      required: ['b', 'a'],
      type: 'object',
    }
    expect(canonical(same)).toBe(canonical(schema))
    expect(canonical({ ...schema, required: ['a'] })).not.toBe(canonical(schema))
  })
})

function fingerprint(): string {
  const wire = { CLIENT_FRAMES, SERVER_FRAMES, CLOSE_CODES, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX }
  return createHash('sha256').update(canonical(wire)).digest('hex')
}

/** JSON with its keys in order, without what explains a schema and does not change what it takes. */
function canonical(value: unknown, key = ''): string {
  if (Array.isArray(value)) {
    const items = value.map((each) => canonical(each))
    return `[${(key === 'required' ? items.toSorted() : items).join(',')}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const explains = (name: string): boolean => key !== 'properties' && (name === 'description' || name === 'examples')
  const fields = Object.entries(value)
    .filter(([name]) => !explains(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner, name)}`).join(',')}}`
}
