import { describe, expect, it } from 'vitest'
import { isDeeperThan } from './json-depth.ts'

describe('isDeeperThan', () => {
  it.each([
    ['{}', 1, false],
    ['{"a":{}}', 1, true],
    ['[[],[],[]]', 2, false],
    ['["[[[[{{{{"]', 1, false],
    ['["\\"[[[["]', 1, false],
    ['["\\\\",[[]]]', 2, true],
    ['['.repeat(30_000), 16, true],
  ])('%.20s at most %i deep: deeper %s', (json, depthMax, deeper) => {
    expect(isDeeperThan(json, depthMax)).toBe(deeper)
  })
})
