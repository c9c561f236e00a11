import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sharedSessionKeeper, tabSessionKeeper, type SessionKeeper } from './session-keeper.ts'

class TabStorage {
  readonly items = new Map<string, string>()
  getItem = (key: string): string | null => this.items.get(key) ?? null
  setItem = (key: string, value: string): void => void this.items.set(key, value)
  removeItem = (key: string): void => void this.items.delete(key)
}

function keeper(): SessionKeeper {
  const made = tabSessionKeeper()
  if (made === undefined) throw new Error('there is a tab')
  return made
}

describe('in a tab', () => {
  const storage = new TabStorage()
  beforeEach(() => {
    storage.items.clear()
    vi.stubGlobal('document', {})
    vi.stubGlobal('sessionStorage', storage)
  })
  afterEach(() => vi.unstubAllGlobals())

  test('L15: the session outlives the page', () => {
    const before = keeper()
    expect(before.read()).toBeUndefined()
    before.write('a')
    expect(before.read()).toBe('a')
    before.write(undefined)
    storage.setItem('glasshouse.live_session', 'of the page before')
    expect(keeper().read()).toBe('of the page before')
  })

  test('L15: it is forgotten with the session, and not with another one', () => {
    const one = keeper()
    one.write('a')
    one.write(undefined)
    expect(storage.items.size).toBe(0)
    one.write('b')
    storage.setItem('glasshouse.live_session', 'c')
    one.write(undefined)
    expect(keeper().read()).toBe('c')
  })

  test('L15: two connections of one page do not take each other’s', () => {
    const [one, two] = [keeper(), keeper()]
    one.write('a')
    expect(two.read()).toBeUndefined()
    one.write(undefined)
  })

  test('L15: where the browser forbids it there is none', () => {
    vi.stubGlobal('sessionStorage', {
      getItem: () => {
        throw new Error('SecurityError')
      },
    })
    expect(tabSessionKeeper()).toBeUndefined()
  })
})

describe('shared by tabs', () => {
  const storage = new TabStorage()
  const shared = (name: string): SessionKeeper => {
    const made = sharedSessionKeeper(name)
    if (made === undefined) throw new Error('there is a browser')
    return made
  }
  beforeEach(() => {
    storage.items.clear()
    vi.stubGlobal('document', {})
    vi.stubGlobal('localStorage', storage)
  })
  afterEach(() => vi.unstubAllGlobals())

  test('B9: whoever leads next finds it, under the same name only', () => {
    const ann = shared('ann')
    ann.write('a')
    expect([ann.read(), shared('ann 2').read(), shared('bea').read()]).toEqual(['a', undefined, undefined])
    shared('bea').write(undefined)
    expect(shared('ann').read()).toBe('a')
    const bea = shared('bea')
    bea.write('b')
    expect([shared('ann').read(), bea.read(), storage.items.size]).toEqual([undefined, 'b', 1])
    bea.write(undefined)
    expect(storage.items.size).toBe(0)
  })

  test('B9: whoever leads no longer does not forget what the next one keeps', () => {
    const [before, next] = [shared('ann'), shared('ann')]
    before.write('a')
    expect(next.read()).toBe('a')
    next.write('b')
    before.write(undefined)
    expect(shared('ann').read()).toBe('b')
    next.write(undefined)
    expect(shared('ann').read()).toBeUndefined()
  })
})

test('L15: outside of a browser there is none, though Node has a storage of the whole process', () => {
  vi.stubGlobal('sessionStorage', new TabStorage())
  expect(tabSessionKeeper()).toBeUndefined()
  expect(sharedSessionKeeper('ann')).toBeUndefined()
  vi.unstubAllGlobals()
})
