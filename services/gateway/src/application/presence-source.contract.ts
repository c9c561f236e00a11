import type { Caller } from '@glasshouse/contracts'
import { newId, type DeviceId, type UserId } from '@glasshouse/kernel'
import { describe, expect, it, vi } from 'vitest'
import type { PresenceSource } from './ports.ts'

export interface PresenceSourceUnderTest {
  readonly source: PresenceSource
  /** May know how people are, and has no device yet. */
  readonly caller: Caller
  readonly close: () => Promise<void>
}

/** What the live hub relies on; run by every adapter of the port. */
export function presenceSourceContract(name: string, make: () => Promise<PresenceSourceUnderTest>): void {
  const using = async (test: (at: PresenceSourceUnderTest & { told: UserId[] }) => Promise<void>): Promise<void> => {
    const at = await make()
    const told: UserId[] = []
    const stop = at.source.onChange((userIds) => told.push(...userIds))
    try {
      await test({ ...at, told })
    } finally {
      stop()
      await at.close()
    }
  }

  describe(`${name} is a source of presence`, () => {
    it('M5 answers for each of the people, and for those whom nobody knows: offline', () =>
      using(async ({ source, caller }) => {
        expect(source.permit(caller)).toEqual({ ok: true })
        const nobody = newId<UserId>()
        expect(await source.find([])).toEqual([])
        expect(await source.find([nobody, caller.userId])).toEqual([
          { user_id: nobody, state: 'offline' },
          { user_id: caller.userId, state: 'offline' },
        ])
      }))

    it('M6 tells that a person may have changed, with their devices, after it is so', () =>
      using(async ({ source, caller, told }) => {
        const state = async () => (await source.find([caller.userId]))[0]?.state
        const untilTold = async (): Promise<void> => {
          await vi.waitFor(() => expect(told).toContain(caller.userId), { timeout: 10_000 })
          told.length = 0
        }
        const deviceId = newId<DeviceId>()
        source.deviceHere(caller, deviceId, { state: 'active', acted: true })
        await untilTold()
        expect(await state()).toBe('active')
        source.deviceHere(caller, deviceId, { state: 'away', acted: false })
        await untilTold()
        expect(await state()).toBe('away')
        source.deviceLeft(caller, deviceId)
        await untilTold()
        expect(await state()).toBe('offline')
      }))
  })
}
