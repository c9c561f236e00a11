/** Tabs that share a connection in a browser that hides, slows down and freezes those that nobody looks at. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest'
import { launchBrowser } from './browser.ts'
import { startCuttableProxy, type CuttableProxy } from './cuttable-proxy.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'
import { followsIn, liveState, openTabWindow, signInTab, textsIn, type Tab } from './tab-window.ts'

const SLOW = { timeout: 30_000, interval: 100 }

let server: Server
let ann: Person
let browser: Browser
let wire: CuttableProxy
let channelId: string
let names = 0
beforeAll(async () => {
  server = await startServer({ settings: { CHANNEL_RATE_LIMIT: '1000/10' } })
  ann = await newPerson(server.url, 'ann')
})
beforeEach(async () => {
  ;[browser, wire] = await Promise.all([launchBrowser({ slowsHiddenTabs: true }), startCuttableProxy(server.url)])
  channelId = await newChannel(server.url, ann.token, `hidden-${++names}`)
})
afterEach(async () => {
  await browser.close()
  await wire[Symbol.asyncDispose]()
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

const expected: string[] = []
async function post(content: string): Promise<void> {
  const body = { content }
  const posted = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, { token: ann.token, body })
  expect(posted.status).toBe(201)
  expected.push(content)
}

async function openChats(count: number): Promise<Tab[]> {
  expected.length = 0
  const window = await openTabWindow(browser)
  const door = await window.open(`${wire.url}/sign-in`)
  await signInTab(door, ann)
  const tabs: Tab[] = []
  for (let opened = 0; opened < count; opened++) {
    const tab = await window.open(`${wire.url}/chat/${channelId}`)
    await expect.poll(() => liveState(tab), SLOW).toBe('live')
    tabs.push(tab)
  }
  await door.close()
  return tabs
}

/** A hidden page draws nothing, so it is looked at. */
async function isComplete(tab: Tab): Promise<void> {
  await tab.show()
  await expect.poll(() => textsIn(tab), SLOW).toEqual(expected)
}

/** The first that was opened leads, and is hidden behind the last. */
async function openHiddenLeader(): Promise<{ leader: Tab; hidden: Tab; shown: Tab }> {
  const [leader = expect.unreachable(), hidden = expect.unreachable(), shown = expect.unreachable()] =
    await openChats(3)
  await shown.show()
  await expect.poll(() => leader.evaluate('document.visibilityState')).toBe('hidden')
  await expect.poll(() => followsIn(shown), SLOW).toBe('true')
  await expect.poll(() => followsIn(leader), SLOW).toBe('false')
  return { leader, hidden, shown }
}

test('hidden tabs, the one with the connection among them, miss nothing', async () => {
  const { leader, hidden, shown } = await openHiddenLeader()
  for (let number = 1; number <= 20; number++) await post(`line ${number}`)
  await expect.poll(() => textsIn(shown), SLOW).toEqual(expected)
  for (const tab of [leader, hidden]) await isComplete(tab)
  expect(wire.webSockets).toBe(1)
})

test('a hidden tab with a connection that was cut is hurried by the one that somebody looks at', async () => {
  const { leader, hidden, shown } = await openHiddenLeader()
  wire.cut()
  await expect.poll(() => liveState(shown), SLOW).toBe('offline')
  await post('while it was cut')
  wire.mend()
  await expect.poll(() => liveState(shown), SLOW).toBe('live')
  for (const tab of [shown, leader, hidden]) await isComplete(tab)
  expect(wire.webSockets).toBe(1)
})

test('a frozen tab that has the connection is replaced; when it wakes up it follows, and has missed nothing', async () => {
  const { leader, hidden, shown } = await openHiddenLeader()
  await leader.freeze()
  await post('while it sleeps')
  await expect.poll(() => textsIn(shown), SLOW).toEqual(expected)
  expect(await textsIn(leader)).toEqual([])
  await post('and then')
  await leader.resume()
  for (const tab of [shown, leader, hidden]) await isComplete(tab)
  await expect.poll(() => followsIn(leader), SLOW).toBe('true')
  await expect.poll(() => wire.webSockets, SLOW).toBe(1)
})

test('a frozen tab that follows is complete when it wakes up', async () => {
  const { hidden, shown } = await openHiddenLeader()
  await hidden.freeze()
  for (let number = 1; number <= 20; number++) await post(`line ${number}`)
  await expect.poll(() => textsIn(shown), SLOW).toEqual(expected)
  expect(await textsIn(hidden)).toEqual([])
  await hidden.resume()
  await isComplete(hidden)
})
