/** Tabs of one browser session share one connection to the server; each of them sees everything once, whoever of them has it. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from './browser.ts'
import { isLive, openPage, send, settled, signIn, texts, windowOf } from './chat-page.ts'
import { startCuttableProxy } from './cuttable-proxy.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const TABS = 20

let server: Server
let browser: Browser
let ann: Person
beforeAll(async () => {
  const settings = { CHANNEL_RATE_LIMIT: '1000/10' }
  ;[server, browser] = await Promise.all([startServer({ settings }), launchBrowser()])
  ann = await newPerson(server.url, 'ann')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function post(channelId: string, content: string): Promise<void> {
  const body = { content }
  const posted = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, { token: ann.token, body })
  expect(posted.status).toBe(201)
}

async function stored(channelId: string): Promise<string[]> {
  const list = await rest(server.url, 'GET', `/api/channels/${channelId}/messages?limit=100`, { token: ann.token })
  return list.body.items.map(({ content }: { content: string }) => content).toReversed()
}

function at(pages: readonly Page[], index: number): Page {
  const page = pages[index]
  if (page === undefined) throw new Error(`there is no page ${index}`)
  return page
}

async function openTabs(window: BrowserContext, address: string, count: number): Promise<Page[]> {
  const pages: Page[] = []
  for (let opened = 0; opened < count; opened++) {
    const page = await openPage(window)
    await page.goto(address)
    await isLive(page)
    pages.push(page)
  }
  return pages
}

/** What the tab before has left unanswered is asked again by the next, which takes a moment. */
async function isAcknowledged(page: Page): Promise<void> {
  await expect.poll(() => page.locator('[data-state=pending]').count(), { timeout: 30_000 }).toBe(0)
}

const follows = (page: Page): Promise<string | null> => page.getByTestId('sharing').getAttribute('data-follows')

/** Says so within a few seconds: the number of tabs comes with the next sign of life. */
async function leaderOf(pages: readonly Page[]): Promise<Page> {
  await Promise.all(pages.map((page) => page.getByTestId('sharing').waitFor({ timeout: 30_000 })))
  const leading: Page[] = []
  for (const page of pages) if ((await follows(page)) === 'false') leading.push(page)
  expect(leading).toHaveLength(1)
  return at(leading, 0)
}

test('twenty tabs, one connection; whoever has it may be closed while messages flow, and every tab has each message once', async () => {
  const channelId = await newChannel(server.url, ann.token, 'twenty')
  await using wire = await startCuttableProxy(server.url)
  await using window = await windowOf(browser, wire.url, ann)
  const pages = await openTabs(window, `${wire.url}/chat/${channelId}`, TABS)
  expect(wire.webSockets).toBe(1)

  await send(at(pages, TABS - 1), 'of the last tab')
  await send(at(pages, 0), 'of the first tab')
  const expected = ['of the last tab', 'of the first tab']
  for (const page of pages) await expect.poll(() => texts(page)).toEqual(expected)

  // Twice, so that a tab leads which has followed.
  for (const round of [1, 2]) {
    const leader = await leaderOf(pages)
    pages.splice(pages.indexOf(leader), 1)
    const flow = (async () => {
      for (let number = 1; number <= 10; number++) {
        expected.push(`round ${round}, ${number}`)
        await post(channelId, `round ${round}, ${number}`)
      }
    })()
    await leader.close()
    const writer = at(pages, 5)
    await send(writer, `written in round ${round}`)
    await flow
    expected.push(`written in round ${round}`)
    await expect
      .poll(async () => (await stored(channelId)).toSorted(), { timeout: 30_000 })
      .toEqual(expected.toSorted())
    await isAcknowledged(writer)
  }
  const all = await stored(channelId)
  for (const page of pages) await expect.poll(() => texts(page), { timeout: 30_000 }).toEqual(all)
  expect(wire.webSockets).toBe(1)
})

test('what is written in tabs while offline arrives once, also that of tabs which are closed by then, the one with the connection among them', async () => {
  const channelId = await newChannel(server.url, ann.token, 'tunnel')
  await using wire = await startCuttableProxy(server.url)
  await using window = await windowOf(browser, wire.url, ann)
  const pages = await openTabs(window, `${wire.url}/chat/${channelId}`, 3)
  const leader = await leaderOf(pages)
  const others = pages.filter((page) => page !== leader)
  wire.cut()
  for (const page of pages) await page.locator('[data-testid=live-state][data-state=offline]').waitFor()
  await send(at(others, 0), 'from a tunnel')
  await send(at(others, 1), 'from there too')
  await send(leader, 'from the one with the connection')
  await leader.close()
  await at(others, 1).close()
  wire.mend()
  await expect
    .poll(async () => (await stored(channelId)).toSorted(), { timeout: 60_000 })
    .toEqual(['from a tunnel', 'from the one with the connection', 'from there too'])
  const all = await stored(channelId)
  await isAcknowledged(at(others, 0))
  await expect.poll(() => texts(at(others, 0))).toEqual(all)
  expect(wire.webSockets).toBe(1)
})

test('signing out in one tab ends it in all; whoever signs in next shares with none of them', async () => {
  const channelId = await newChannel(server.url, ann.token, 'leaving')
  const bea = await newPerson(server.url, 'bea')
  await using wire = await startCuttableProxy(server.url)
  await using window = await windowOf(browser, wire.url, ann)
  const pages = await openTabs(window, `${wire.url}/chat/${channelId}`, 3)
  const [first, others] = [at(pages, 0), pages.slice(1)]
  await first.getByTestId('account-menu').click()
  await first.getByRole('button', { name: 'Sign out' }).click()
  for (const page of others) await page.locator('[data-testid=live-state][data-state=closed]').waitFor()
  await expect.poll(() => wire.webSockets).toBe(0)

  await signIn(window, wire.url, bea)
  const hers = at(await openTabs(window, `${wire.url}/chat/${channelId}`, 1), 0)
  await settled(hers)
  await send(hers, 'of bea')
  await expect.poll(() => stored(channelId)).toEqual(['of bea'])
  expect(wire.webSockets).toBe(1)
  for (const page of others) expect(await texts(page)).toEqual([])
})
