import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { isPostmasterOf, isRunning, parsePostmasterPid } from './postmaster-pid.ts'

test('reads a file of a server that is ready', () => {
  const text = '4711\n/var/lib/house/postgres\n1700000000\n40123\n\n127.0.0.1\n  3539100    65547\nready   \n'
  expect(parsePostmasterPid(text)).toEqual({ pid: 4711, port: 40123, status: 'ready' })
})

test('reads a file that is being written', () => {
  expect(parsePostmasterPid('4711\n/var/lib/house/postgres\n1700000000\n')).toEqual({
    pid: 4711,
    port: undefined,
    status: undefined,
  })
  expect(parsePostmasterPid('4711\n/x\n1\n40123\n\n\n\nstarting\n')).toEqual({
    pid: 4711,
    port: 40123,
    status: 'starting',
  })
})

test('takes nothing for a server that is none: empty, damaged, a single-user backend', () => {
  for (const text of ['', '\n', 'x\n', '-4711\n/x\n', '0\n']) expect(parsePostmasterPid(text)).toBeUndefined()
})

test('knows a process that runs from one that ended, and that this one is no server', async () => {
  expect(await isRunning(process.pid)).toBe(true)
  expect(await isPostmasterOf(process.pid, process.cwd())).toBe(false)
  const child = spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' })
  await new Promise((resolve) => child.on('exit', resolve))
  expect(await isRunning(child.pid ?? 0)).toBe(false)
})
