import { expect, test, vi } from 'vitest'
import { TokenKeeper, tokenExpiresAtMs } from './token-keeper.ts'

const NOW_MS = 1_000_000_000

function jwt(expiresInMs: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256' })}.${part({ exp: (NOW_MS + expiresInMs) / 1_000, name: 'ÿÿ>>??' })}.signature`
}

/** Timers that run when the test says so. */
function handTimers() {
  const waits: { run: () => void; delayMs: number }[] = []
  return {
    waits,
    clock: { nowMs: () => NOW_MS, monotonicMs: () => NOW_MS },
    timers: { set: (run: () => void, delayMs: number) => waits.push({ run, delayMs }), clear: () => {} },
  }
}

test('reads when a token expires, and nothing from what is no token', () => {
  expect(tokenExpiresAtMs(jwt(5_000))).toBe(NOW_MS + 5_000)
  for (const text of ['', 'a', 'a.b.c', 'a.!.c', `a.${btoa('null')}.c`, `a.${btoa('{"exp":"soon"}')}.c`]) {
    expect(tokenExpiresAtMs(text)).toBeUndefined()
  }
})

test('asks for a fresh one a minute before, again when that brought nothing, and waits at least ten seconds', async () => {
  const { waits, clock, timers } = handTimers()
  const old = jwt(300_000)
  const fresh = jwt(900_000)
  const answers: (string | undefined | Error)[] = [old, old, undefined, new Error('no network'), fresh]
  const keeper = new TokenKeeper(
    () => {
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer
    },
    clock,
    timers,
  )
  expect(await keeper.get(false)).toBe(old)
  const onFresh = vi.fn<(token: string) => void>()
  keeper.start(onFresh)
  for (const [index, delayMs] of [240_000, 10_000, 10_000, 10_000].entries()) {
    await vi.waitFor(() => expect(waits[index]?.delayMs).toBe(delayMs))
    expect(onFresh).not.toHaveBeenCalled()
    waits[index]?.run()
  }
  await vi.waitFor(() => expect(waits[4]?.delayMs).toBe(840_000))
  expect(onFresh.mock.calls).toEqual([[fresh]])
})

test('what comes after stop is of no interest, and a token without an expiry is kept', async () => {
  const { waits, clock, timers } = handTimers()
  let token = jwt(300_000)
  const keeper = new TokenKeeper(() => Promise.resolve(token), clock, timers)
  await keeper.get(false)
  keeper.start(() => expect.unreachable())
  token = jwt(900_000)
  waits[0]?.run()
  keeper.stop()
  await Promise.resolve()
  token = 'opaque'
  await keeper.get(false)
  keeper.start(() => expect.unreachable())
  expect(waits).toHaveLength(1)
})
