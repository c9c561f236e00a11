import { newId, type DeviceId } from '@glasshouse/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { liveStateOf, withLeft, type Device, type DevicesLeft } from './device-presence.ts'

const BOUNDS = { idleAfterMs: 300_000, offlineAfterMs: 30_000 }
const NOW_MS = 1_000_000

const here = (...devices: readonly Device[]): ReadonlyMap<DeviceId, Device> =>
  new Map(devices.map((device) => [newId<DeviceId>(), device]))
const active = (agoMs: number): Device => ({ state: 'active', actedAtMs: NOW_MS - agoMs })
const away = (agoMs: number): Device => ({ state: 'away', actedAtMs: NOW_MS - agoMs })
const stateOf = (devices: ReadonlyMap<DeviceId, Device>, left?: DevicesLeft) =>
  liveStateOf({ here: devices, left }, NOW_MS, BOUNDS)

describe('a person’s state over their devices', () => {
  test('PR-1: active while any device is, and until it has idled', () => {
    expect(stateOf(here(away(0), active(1_000)))).toEqual({ state: 'active', changesAtMs: NOW_MS + 299_000 })
    expect(stateOf(here(active(299_999)))).toEqual({ state: 'active', changesAtMs: NOW_MS + 1 })
    expect(stateOf(here(active(300_000), away(0)))).toEqual({ state: 'away', changesAtMs: undefined })
  })

  test('PR-2: offline only when no device has been there for a while; until then they stand as they were', () => {
    expect(stateOf(here())).toEqual({ state: 'offline', changesAtMs: undefined })
    const left = (device: Device, agoMs: number): DevicesLeft => ({ ...device, leftAtMs: NOW_MS - agoMs })
    expect(stateOf(here(), left(active(1_000), 500))).toEqual({ state: 'active', changesAtMs: NOW_MS + 29_500 })
    expect(stateOf(here(), left(away(1_000), 500))).toEqual({ state: 'away', changesAtMs: NOW_MS + 29_500 })
    expect(stateOf(here(), left(active(1_000), 30_000))).toEqual({ state: 'offline', changesAtMs: undefined })
    expect(stateOf(here(away(0)), left(active(1_000), 30_000))).toEqual({ state: 'away', changesAtMs: undefined })
  })

  test('the state stays what it is until the time that it names, and is another one then', () => {
    const device = fc.record({
      state: fc.constantFrom('active' as const, 'away' as const),
      actedAtMs: fc.integer({ min: 0, max: NOW_MS }),
    })
    const left = fc.record({
      state: fc.constantFrom('active' as const, 'away' as const),
      actedAtMs: fc.integer({ min: 0, max: NOW_MS }),
      leftAtMs: fc.integer({ min: NOW_MS - 40_000, max: NOW_MS }),
    })
    fc.assert(
      fc.property(fc.array(device, { maxLength: 4 }), fc.option(left, { nil: undefined }), (devices, gone) => {
        const person = { here: here(...devices), left: gone }
        let { state, changesAtMs } = liveStateOf(person, NOW_MS, BOUNDS)
        for (let steps = 0; changesAtMs !== undefined; steps++) {
          expect(steps).toBeLessThan(4)
          expect(liveStateOf(person, changesAtMs - 1, BOUNDS).state).toBe(state)
          const next = liveStateOf(person, changesAtMs, BOUNDS)
          expect(next.state).not.toBe(state)
          ;({ state, changesAtMs } = next)
        }
        expect(liveStateOf(person, NOW_MS * 10, BOUNDS).state).toBe(state)
      }),
    )
  })

  test('of devices that left one stands for all: the active one that acted last', () => {
    const first = withLeft(undefined, away(10), NOW_MS)
    expect(first).toEqual({ ...away(10), leftAtMs: NOW_MS })
    const second = withLeft(first, active(500), NOW_MS + 1)
    expect(second).toEqual({ ...active(500), leftAtMs: NOW_MS + 1 })
    expect(withLeft(second, away(0), NOW_MS + 2)).toEqual({ ...active(500), leftAtMs: NOW_MS + 2 })
    expect(withLeft(second, active(100), NOW_MS + 3)).toEqual({ ...active(100), leftAtMs: NOW_MS + 3 })
  })
})
