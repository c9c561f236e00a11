import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startProgram, tempFolder } from './embedded-postgres-fixture.ts'
import { lockFolder } from './folder-lock.ts'

const holding = (folder: string): string => `
  const lock = await platform.lockFolder(${JSON.stringify(folder)}, 'holder')
  say(lock.ok)`

test('one at a time, in this process too; free after the release', async () => {
  await using folder = await tempFolder()
  const first = await lockFolder(folder.path, 'one')
  expect(first.ok).toBe(true)
  expect(await lockFolder(folder.path, 'two')).toMatchObject({
    ok: false,
    error: { kind: 'folder-in-use', holder: { pid: process.pid, role: 'one' } },
  })
  if (first.ok) await first.value.release()
  const second = await lockFolder(folder.path, 'two')
  expect(second.ok).toBe(true)
  if (second.ok) await second.value.release()
  expect(await readdir(folder.path)).toEqual(['owner.lock'])
})

test('a holder in another process is named, and kill -9 frees its lock', async () => {
  await using folder = await tempFolder()
  await using program = startProgram(holding(folder.path))
  expect(await program.answer()).toBe(true)
  expect(await lockFolder(folder.path, 'two')).toMatchObject({
    ok: false,
    error: { holder: { pid: program.pid, role: 'holder' } },
  })
  await program.kill('SIGKILL')
  const mine = await lockFolder(folder.path, 'two')
  expect(mine.ok).toBe(true)
  if (mine.ok) await mine.value.release()
})

test('after kill -9, of many who want it at once one gets it', async () => {
  await using folder = await tempFolder()
  await using program = startProgram(holding(folder.path))
  await program.answer()
  await program.kill('SIGKILL')
  const tries = await Promise.all(Array.from({ length: 8 }, (_, index) => lockFolder(folder.path, `try ${index}`)))
  const won = tries.filter((one) => one.ok)
  expect(won.length).toBe(1)
  for (const one of won) await one.value.release()
})
