import { describe, expect, test } from 'vitest'
import { completionQuery } from './completion-query.ts'

/** The caret stands at the bar. */
function at(text: string) {
  const caret = text.indexOf('|')
  return completionQuery(text.replace('|', ''), caret)
}

describe('completionQuery', () => {
  test.for([
    ['good :ta|', { kind: 'emoji', query: 'ta', from: 5, to: 8, closed: false }],
    [':tada:| after', { kind: 'emoji', query: 'tada', from: 0, to: 6, closed: true }],
    ['(:+1|)', { kind: 'emoji', query: '+1', from: 1, to: 4, closed: false }],
    ['@|', { kind: 'person', query: '', from: 0, to: 1, closed: false }],
    ['ask @ana.b-|c', { kind: 'person', query: 'ana.b-', from: 4, to: 11, closed: false }],
    ['a\n@an|', { kind: 'person', query: 'an', from: 2, to: 5, closed: false }],
    ['`code` @an|', { kind: 'person', query: 'an', from: 7, to: 10, closed: false }],
    ['```\ncode\n```\n:ta|', { kind: 'emoji', query: 'ta', from: 13, to: 16, closed: false }],
  ] as const)('%s', ([text, expected]) => {
    expect(at(text)).toEqual(expected)
  })

  test.for([
    'plain|',
    'at 10:30|',
    'http://x|',
    ':|',
    ':t|',
    'ana@example|',
    'a/@b|',
    '@@an|',
    '`:ta|',
    '```\n@an|',
    `:${'x'.repeat(60)}|`,
  ])('nothing in %s', (text) => {
    expect(at(text)).toBeUndefined()
  })
})
