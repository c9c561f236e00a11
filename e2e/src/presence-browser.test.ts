/** Three people in their windows: each sees who types and who is here of what they show, and for no longer than it holds. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from './browser.ts'
import { composer, isLive, message, openChat, openPage, send, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const IDLE_S = 3

let server: Server
let browser: Browser
beforeAll(async () => {
  const settings = {
    PRESENCE_IDLE_SECS: String(IDLE_S),
    PRESENCE_OFFLINE_SECS: '1',
    LOBBY_RATE_LIMIT: '1000/10',
    NEW_ACCOUNT_RATE_LIMIT: '1000/10',
  }
  ;[server, browser] = await Promise.all([startServer({ settings }), launchBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const typingLine = (page: Page) => page.getByTestId('typing').first()
const stateOf = (page: Page, text: string) => message(page, text).getByTestId('presence').getAttribute('data-state')

test('typing shows in the windows that show the channel, and ends by itself and with the message', async () => {
  const faults: string[] = []
  const people: Person[] = []
  for (const name of ['ann', 'ben', 'cid']) people.push(await newPerson(server.url, name))
  const [ann, ben, cid] = people as [Person, Person, Person]
  const [tea, other] = [
    await newChannel(server.url, ann.token, 'tea'),
    await newChannel(server.url, ann.token, 'other'),
  ]
  await using annWindow = await windowOf(browser, server.url, ann)
  await using benWindow = await windowOf(browser, server.url, ben)
  await using cidWindow = await windowOf(browser, server.url, cid)
  const pages = [
    await openPage(annWindow, faults),
    await openPage(benWindow, faults),
    await openPage(cidWindow, faults),
  ]
  const [annPage, benPage, cidPage] = pages as [Page, Page, Page]
  await annPage.goto(`${server.url}/chat/${tea}`)
  await benPage.goto(`${server.url}/chat/${tea}`)
  await cidPage.goto(`${server.url}/chat/${other}`)
  for (const page of pages) await isLive(page)

  await composer(annPage).pressSequentially('Hel', { delay: 20 })
  await expect.poll(() => typingLine(benPage).innerText()).toBe('ann is typing…')
  expect(await typingLine(cidPage).innerText()).toBe('')
  expect(await typingLine(annPage).innerText()).toBe('')
  // Nothing more is typed: it is over by itself.
  await expect.poll(() => typingLine(benPage).innerText(), { timeout: 10_000 }).toBe('')
  await composer(annPage).pressSequentially('lo', { delay: 20 })
  await expect.poll(() => typingLine(benPage).innerText()).toBe('ann is typing…')
  await send(annPage, 'Hello')
  await message(benPage, 'Hello').waitFor()
  await expect.poll(() => typingLine(benPage).innerText(), { timeout: 2_000 }).toBe('')
  expect(faults).toEqual([])
})

describe('whoever is shown', () => {
  test('is away after a while, active again by a key, and not here when gone', async () => {
    const [dan, eve] = [await newPerson(server.url, 'dan'), await newPerson(server.url, 'eve')]
    const room = await newChannel(server.url, dan.token, 'room')
    await using watching = await windowOf(browser, server.url, eve)
    const watcher = await openPage(watching)
    {
      await using window = await windowOf(browser, server.url, dan)
      const page = await openPage(window)
      await openChat(page, room)
      await send(page, 'I am here')
      await openChat(watcher, room)
      await message(watcher, 'I am here').waitFor()
      await expect.poll(() => stateOf(watcher, 'I am here'), { timeout: 20_000 }).toBe('away')
      await composer(page).press('a')
      await expect.poll(() => stateOf(watcher, 'I am here'), { timeout: 10_000 }).toBe('active')
    }
    await expect.poll(() => message(watcher, 'I am here').getByTestId('presence').count(), { timeout: 20_000 }).toBe(0)
  })

  test('shows the status that they set on their page, and do not disturb, until both are cleared', async () => {
    const [fay, gus] = [await newPerson(server.url, 'fay'), await newPerson(server.url, 'gus')]
    const room = await newChannel(server.url, fay.token, 'den')
    await using fayWindow = await windowOf(browser, server.url, fay)
    await using gusWindow = await windowOf(browser, server.url, gus)
    const [page, watcher] = [await openPage(fayWindow), await openPage(gusWindow)]
    await openChat(page, room)
    await send(page, 'about me')
    await openChat(watcher, room)
    await message(watcher, 'about me').waitFor()
    await page.getByTestId('account-menu').click()
    await page.getByRole('link', { name: 'Set a status' }).click()
    await page.getByLabel('Status', { exact: true }).fill('On holiday')
    await page.getByLabel('Emoji').fill('no emoji')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Use exactly one emoji').waitFor()
    await page.getByLabel('Emoji').fill('🌴')
    await page.getByLabel('Do not disturb').selectOption({ label: 'For an hour' })
    await page.getByLabel('Show others when I was last here').uncheck()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/\/chat\//)
    await isLive(page)
    const dot = message(watcher, 'about me').getByTestId('presence')
    await expect.poll(() => dot.getAttribute('title'), { timeout: 10_000 }).toBe('Do not disturb, 🌴 On holiday')
    await page.getByTestId('account-menu').click()
    await expect.poll(() => page.getByTestId('own-status').innerText()).toBe('🌴 On holiday')
    const seen = await rest(server.url, 'GET', '/api/users/me/status', { token: fay.token })
    expect(seen.body).toMatchObject({ last_seen_visible_to: 'nobody', status: { emoji: '🌴', text: 'On holiday' } })

    await page.getByTestId('own-status').click()
    await page.getByRole('button', { name: 'Clear my status' }).click()
    await page.waitForURL(/\/chat\//)
    await expect.poll(() => dot.getAttribute('title'), { timeout: 10_000 }).toMatch(/^(Active|Away)$/)
    const cleared = await rest(server.url, 'GET', '/api/users/me/status', { token: fay.token })
    expect(cleared.body).toEqual({ status: null, do_not_disturb_until: null, last_seen_visible_to: 'nobody' })
  })
})
