import { afterEach, expect, test, vi } from 'vitest'
import { watchWakeEvents } from './wake-events.ts'

afterEach(() => vi.unstubAllGlobals())

test('calls when the network is back or the tab is looked at, until it is ended', () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const browser = new EventTarget()
  vi.stubGlobal('document', page)
  vi.stubGlobal('addEventListener', browser.addEventListener.bind(browser))
  vi.stubGlobal('removeEventListener', browser.removeEventListener.bind(browser))
  const onWake = vi.fn<() => void>()
  const end = watchWakeEvents(onWake)
  browser.dispatchEvent(new Event('online'))
  page.dispatchEvent(new Event('visibilitychange'))
  expect(onWake).toHaveBeenCalledTimes(2)
  page.visibilityState = 'hidden'
  page.dispatchEvent(new Event('visibilitychange'))
  end()
  page.visibilityState = 'visible'
  page.dispatchEvent(new Event('visibilitychange'))
  browser.dispatchEvent(new Event('online'))
  expect(onWake).toHaveBeenCalledTimes(2)
})

test('outside of a browser nothing happens', () => {
  const end = watchWakeEvents(() => expect.unreachable())
  end()
  expect(end).toBeTypeOf('function')
})
