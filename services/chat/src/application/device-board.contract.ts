import { newId, type DeviceId, type UserId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import type { DeviceBoard, LivePresence } from './presence-ports.ts'

export interface DeviceBoardUnderTest {
  readonly board: DeviceBoard
  readonly idleAfterMs: number
  readonly offlineAfterMs: number
  /** Lets time pass, and the board look at what that has changed. */
  readonly pass: (ms: number) => Promise<void>
}

/** What presence relies on; run by every adapter of the port. */
export function deviceBoardContract(make: () => Promise<DeviceBoardUnderTest>): void {
  const start = async () => {
    const under = await make()
    const told: LivePresence[][] = []
    const userId = newId<UserId>()
    under.board.onChange((changed) => told.push(changed.filter((each) => each.userId === userId)))
    return {
      ...under,
      userId,
      told: () => told.flat().map(({ state }) => state),
      here: (deviceId: DeviceId, state: 'active' | 'away', acted = state === 'active') =>
        under.board.here(userId, deviceId, { state, acted }),
      now: async () => (await under.board.find([userId]))[0]?.state ?? 'offline',
    }
  }

  test('PR-1: one device is active, idles, and is active again by what is done on it', async () => {
    const { here, pass, now, told, idleAfterMs } = await start()
    const device = newId<DeviceId>()
    expect(await now()).toBe('offline')
    await here(device, 'active')
    expect(await now()).toBe('active')
    await pass(idleAfterMs - 1)
    expect(await now()).toBe('active')
    await here(device, 'active')
    await pass(idleAfterMs - 1)
    expect(await now()).toBe('active')
    await pass(1)
    expect(await now()).toBe('away')
    await here(device, 'active')
    await pass(1)
    expect(told()).toEqual(['active', 'away', 'active'])
  })

  test('PR-1: a person is active when any device is', async () => {
    const { here, pass, now, told } = await start()
    const [phone, desk] = [newId<DeviceId>(), newId<DeviceId>()]
    await here(phone, 'active')
    await here(desk, 'away')
    await pass(1)
    expect(await now()).toBe('active')
    await here(phone, 'away')
    await pass(1)
    await here(desk, 'active')
    await pass(1)
    expect(told()).toEqual(['active', 'away', 'active'])
  })

  test('PR-1: saying that one is there, without doing anything, is no activity', async () => {
    const { here, now } = await start()
    await here(newId<DeviceId>(), 'active', false)
    expect(await now()).toBe('away')
  })

  test('PR-2: offline comes some time after the last device left; who is back before that was never gone', async () => {
    const { board, userId, here, pass, now, told, offlineAfterMs } = await start()
    const first = newId<DeviceId>()
    await here(first, 'active')
    await pass(1)
    await board.left(userId, first)
    await pass(offlineAfterMs - 1)
    expect(await now()).toBe('active')
    const second = newId<DeviceId>()
    await here(second, 'active')
    await pass(offlineAfterMs)
    expect(told()).toEqual(['active'])
    await board.left(userId, second)
    await board.left(userId, second)
    await pass(offlineAfterMs)
    expect(await now()).toBe('offline')
    expect(told()).toEqual(['active', 'offline'])
  })

  test('PR-6: who comes and goes between two looks is no news, and many changes are one', async () => {
    const { here, pass, told } = await start()
    const device = newId<DeviceId>()
    await here(device, 'active')
    await pass(1)
    for (let turn = 0; turn < 10; turn++) {
      await here(device, 'away')
      await here(device, 'active')
    }
    await pass(1)
    expect(told()).toEqual(['active'])
  })

  test('people do not mix', async () => {
    const { board, here } = await start()
    const [someone, nobody] = [newId<UserId>(), newId<UserId>()]
    await here(newId<DeviceId>(), 'active')
    await board.here(someone, newId<DeviceId>(), { state: 'away', acted: false })
    await board.left(nobody, newId<DeviceId>())
    const found = await board.find([nobody, someone])
    expect(found.filter(({ state }) => state !== 'offline')).toEqual([{ userId: someone, state: 'away' }])
  })
}
