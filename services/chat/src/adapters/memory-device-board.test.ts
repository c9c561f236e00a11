import { newId, type DeviceId, type UserId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import { deviceBoardContract } from '../application/device-board.contract.ts'
import { MemoryDeviceBoard } from './memory-device-board.ts'

const BOUNDS = { idleAfterMs: 300_000, offlineAfterMs: 30_000 }

function makeBoard() {
  let nowMs = 1_000
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const board = new MemoryDeviceBoard({ ...BOUNDS, clock, sweepIntervalMs: 1_000 })
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms
    board.sweep()
  }
  return { board, pass, ...BOUNDS }
}

describe('devices in memory', () => {
  deviceBoardContract(async () => makeBoard())
})

describe('what is held', () => {
  test('is nothing of people who left, and one word on all devices that left, however often they came', async () => {
    const { board, pass } = makeBoard()
    const userId = newId<UserId>()
    for (let turn = 0; turn < 1_000; turn++) {
      const deviceId = newId<DeviceId>()
      await board.here(userId, deviceId, { state: 'active', acted: true })
      await board.left(userId, deviceId)
    }
    await pass(1)
    expect(board.size).toBe(1)
    await pass(BOUNDS.offlineAfterMs)
    expect(board.size).toBe(0)
  })

  test('is told of thousands at once as one change', async () => {
    const { board, pass } = makeBoard()
    const calls: number[] = []
    board.onChange((changed) => calls.push(changed.length))
    for (let person = 0; person < 5_000; person++) {
      await board.here(newId<UserId>(), newId<DeviceId>(), { state: 'active', acted: true })
    }
    await pass(1)
    await pass(1)
    expect(calls).toEqual([5_000])
  })
})
