import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TabId, TabMessage } from './tab-messages.ts'
import { browserTabs, type TabBus, type TabPlatform } from './tab-platform.ts'

// Node has the real BroadcastChannel and the real Web Locks; only the page is missing.
let name: string
const ends: (() => void)[] = []
beforeEach(() => {
  name = `tabs-${crypto.randomUUID()}`
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
  vi.unstubAllGlobals()
})

function platform(): TabPlatform {
  const made = browserTabs()
  if (made === undefined) throw new Error('Node has what it needs')
  return made
}

function join(): { bus: TabBus; heard: [from: TabId, message: TabMessage][] } {
  const heard: [TabId, TabMessage][] = []
  const bus = platform().join(name, (message, from) => heard.push([from, message]))
  ends.push(() => bus.close())
  return { bus, heard }
}

test('without a page, locks or channels there is nothing to share with', () => {
  vi.stubGlobal('navigator', {})
  expect(browserTabs()).toBeUndefined()
  vi.unstubAllGlobals()
  expect(browserTabs()).toBeUndefined()
})

test('what is for one is heard by one, in order; what is for all by all others', async () => {
  const [one, two, three] = [join(), join(), join()]
  one.bus.post(two.bus.id, { type: 'leads' })
  one.bus.post(two.bus.id, { type: 'down' })
  one.bus.forget(two.bus.id)
  one.bus.post(two.bus.id, { type: 'left' })
  three.bus.post('all', { type: 'who' })
  await vi.waitFor(() => {
    expect(two.heard.filter(([from]) => from === one.bus.id).map(([, { type }]) => type)).toEqual([
      'leads',
      'down',
      'left',
    ])
    expect(one.heard).toEqual([[three.bus.id, { type: 'who' }]])
    expect(two.heard).toContainEqual([three.bus.id, { type: 'who' }])
  })
  expect(three.heard).toEqual([])
})

test('one has the lock; the next gets it when it is released, and a third may take it', async () => {
  const log: string[] = []
  const want = (who: string, how: 'wait' | 'take'): (() => void) => {
    const end = platform().lock(name, how, {
      onHeld: () => log.push(`${who} has it`),
      onLost: () => log.push(`${who} lost it`),
    })
    ends.push(end)
    return end
  }
  const release = want('one', 'wait')
  want('two', 'wait')
  const giveUp = want('three', 'wait')
  await vi.waitFor(() => expect(log).toEqual(['one has it']))
  release()
  await vi.waitFor(() => expect(log).toEqual(['one has it', 'two has it']))
  giveUp()
  want('four', 'take')
  await vi.waitFor(() => expect(log.slice(2).toSorted()).toEqual(['four has it', 'two lost it']))
})

test('a browser that gives no lock leaves the tab on its own', async () => {
  vi.stubGlobal('navigator', { locks: { request: () => Promise.reject(new Error('SecurityError')) } })
  const onHeld = vi.fn<() => void>()
  ends.push(platform().lock(name, 'wait', { onHeld, onLost: () => expect.unreachable() }))
  await vi.waitFor(() => expect(onHeld).toHaveBeenCalledTimes(1))
})

test('a page that goes away or is frozen says so, and when it is back', () => {
  const window = new EventTarget()
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window))
  vi.stubGlobal('removeEventListener', window.removeEventListener.bind(window))
  const log: string[] = []
  const end = platform().watchLife({ leave: () => log.push('leaves'), comeBack: () => log.push('is back') })
  document?.dispatchEvent(new Event('freeze'))
  document?.dispatchEvent(new Event('resume'))
  window.dispatchEvent(new Event('pagehide'))
  window.dispatchEvent(new Event('pageshow'))
  end()
  document?.dispatchEvent(new Event('freeze'))
  expect(log).toEqual(['leaves', 'is back', 'leaves', 'is back'])
})

declare const document: EventTarget | undefined
