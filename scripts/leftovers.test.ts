import { expect, test } from 'vitest'
import { findLeftovers } from './leftovers.ts'

test.each([
  ['unfinished work', 'platform/src/a.ts', '// TODO: later', 'unfinished work'],
  ['unfinished work in prose', 'docs/a.md', 'FIXME', 'unfinished work'],
  ['a machine path', 'docs/a.md', 'see /work/main/x', 'a path of one'],
  ["the administrator's folder", 'scripts/a.ts', "const home = '/root/.npm'", 'a path of one'],
  ['a home folder', '.ci/run', 'cd /home/ada/glasshouse', 'a path of one'],
  ['a merge conflict', 'kernel/src/a.ts', '<<<<<<< HEAD', 'a merge conflict'],
  ['a skipped test', 'kernel/src/a.test.ts', "test.skip('x', () => {})", 'a test that is switched off'],
  ['a focused suite', 'kernel/src/a.test.ts', "describe.only('x', () => {})", 'a test that is switched off'],
  ['a table of skipped tests', 'kernel/src/a.test.ts', 'test.skip.each([1])', 'a test that is switched off'],
  [
    'a test skipped on a condition',
    'platform/src/a.pg.test.ts',
    "test.skipIf(!root)('x', f)",
    'a test that is switched off',
  ],
  ['a test that skips itself', 'platform/src/a.pg.test.ts', '  ctx.skip()', 'a test that is switched off'],
  ['a test for later', 'e2e/src/a.test.ts', "test.todo('x')", 'a test that is switched off'],
  ['a fixed wait', 'e2e/src/a.test.ts', 'await page.waitForTimeout(100)', 'a fixed wait'],
  ['a silenced rule', 'server/src/a.ts', '// oxlint-disable-next-line no-var', 'a silenced rule'],
  ['a silenced compiler', 'server/src/a.ts', '// @ts-ignore', 'the type checker'],
  ['a clock in the domain', 'services/chat/src/domain/a.ts', 'const now = new Date()', 'the domain has no clock'],
])('%s', (_, path, line, problem) => {
  expect(findLeftovers([{ path, text: `first\n${line}\n` }])).toEqual([
    { path, line: 2, problem: expect.stringContaining(problem) as string },
  ])
})

test.each([
  ['a relative path', 'docs/a.md', 'services/work/src and ../work/src and ./root/x'],
  ['a route', 'web/src/a.ts', '`${base}/work/items`'],
  ['a word that is only alike', 'docs/a.md', 'todos and the TODOS page'],
  ['a method of the same name', 'kernel/src/a.test.ts', 'iterator.skip(3); list.only(1)'],
  [
    'a silenced rule with its reason',
    'server/src/a.ts',
    '// oxlint-disable-next-line no-var -- a global of the browser',
  ],
  ['a time that was given', 'services/chat/src/domain/a.ts', 'new Date(sentAtMs)'],
  ['a clock outside the domain', 'services/chat/src/adapters/a.ts', 'new Date()'],
])('allowed: %s', (_, path, text) => {
  expect(findLeftovers([{ path, text }])).toEqual([])
})

test("a lockfile with a registry's address", () => {
  const text = JSON.stringify({ packages: { a: { resolved: 'https://registry.example/a.tgz' } } }, null, 2)
  expect(findLeftovers([{ path: 'bench/contestants/package-lock.json', text }])).toHaveLength(1)
})

test('a lockfile with links of workspaces only', () => {
  const text = JSON.stringify({ packages: { a: { resolved: 'kernel', link: true, integrity: 'sha512-x' } } }, null, 2)
  expect(findLeftovers([{ path: 'package-lock.json', text }])).toEqual([])
})

test('a lockfile that lacks the packages of another platform', () => {
  const packages = {
    'node_modules/a': { optionalDependencies: { 'a-linux': '1.0.0', 'a-darwin': '1.0.0' } },
    'node_modules/b/node_modules/a-linux': { version: '1.0.0' },
  }
  expect(findLeftovers([{ path: 'package-lock.json', text: JSON.stringify({ packages }) }])).toEqual([
    { path: 'package-lock.json', line: 1, problem: expect.stringContaining('node_modules/a needs a-darwin') as string },
  ])
})
