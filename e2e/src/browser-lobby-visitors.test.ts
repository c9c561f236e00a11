/** Two visitors and a member in the Lobby, in windows of their own; and a visitor without script. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, newWindow, PHONE } from './browser.ts'
import { composer, isLive, message, openPage, send, windowOf } from './chat-page.ts'
import { newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const LINK = 'see https://example.test/offer'

let server: Server
let browser: Browser
let member: Person
let lobbyId: string
beforeAll(async () => {
  const settings = { LOBBY_ACCESS: 'demo', TRUSTED_PROXIES: 'loopback' }
  ;[server, browser] = await Promise.all([startServer({ settings }), launchBrowser()])
  member = await newPerson(server.url, 'member')
  lobbyId = (await rest(server.url, 'GET', '/api/site')).body.lobby.id
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

let networks = 0
/** A window of somebody in a network of their own. */
const visitor = (options: Parameters<typeof newWindow>[1] = {}) =>
  newWindow(browser, { extraHTTPHeaders: { 'x-forwarded-for': `10.2.${++networks}.1` }, ...options })
const lobby = (): string => `${server.url}/chat/${lobbyId}`
const author = (page: Page, text: string): Locator => message(page, text).getByText('Demo Bot')
const contents = async (): Promise<string[]> => {
  const { body } = await rest(server.url, 'GET', `/api/channels/${lobbyId}/messages?limit=100`)
  return body.items.map((each: { content: string }) => each.content)
}

describe('a visitor', () => {
  test('writes as Demo Bot, live for another visitor and for a member, and reads them', async () => {
    const faults: string[] = []
    await using firstWindow = await visitor()
    await using secondWindow = await visitor()
    await using memberWindow = await windowOf(browser, server.url, member)
    const pages = await Promise.all([firstWindow, secondWindow, memberWindow].map((each) => openPage(each, faults)))
    const [first, second, theirs] = pages as [Page, Page, Page]
    for (const page of pages) {
      await page.goto(lobby())
      await isLive(page)
    }
    await first.getByText('You write as Demo Bot').waitFor()
    expect(await theirs.getByText('You write as').count()).toBe(0)

    await send(first, 'hello from a stranger')
    for (const page of pages) await author(page, 'hello from a stranger').first().waitFor()
    await expect.poll(() => composer(first).inputValue()).toBe('')
    await send(theirs, 'hello from a member')
    await send(second, 'hello from another')
    for (const page of pages) {
      await message(page, 'hello from a member').waitFor()
      await message(page, 'hello from another').waitFor()
    }
    expect(await axeFaults(first)).toEqual([])
    expect(faults).toEqual([])
  })

  test('is told that a message waits; nobody else sees it', async () => {
    await using firstWindow = await visitor()
    await using secondWindow = await visitor()
    const [first, second] = [await openPage(firstWindow), await openPage(secondWindow)]
    for (const page of [first, second]) {
      await page.goto(lobby())
      await isLive(page)
    }
    await send(first, LINK)
    await first.getByText('Your message waits for a moderator, because it has a link.').waitFor()
    expect(await axeFaults(first)).toEqual([])
    await send(second, 'after what is held')
    await message(first, 'after what is held').waitFor()
    await message(second, 'after what is held').waitFor()
    expect(await message(second, 'example.test').count()).toBe(0)
    await second.reload()
    await message(second, 'after what is held').waitFor()
    expect(await second.content()).not.toContain('example.test')
  })

  test('who writes too fast is told when to go on, and keeps the text; so is another from the same network', async () => {
    await using window = await visitor()
    const options = { extraHTTPHeaders: { 'x-forwarded-for': `10.2.${networks}.1` } }
    await using neighbours = await newWindow(browser, options)
    const [page, neighbour] = [await openPage(window), await openPage(neighbours)]
    await page.goto(lobby())
    await neighbour.goto(lobby())
    await isLive(page)
    await isLive(neighbour)
    for (let sent = 1; sent <= 3; sent++) {
      await send(page, `number ${sent} of three`)
      await message(page, `number ${sent} of three`).waitFor()
      await expect.poll(() => composer(page).inputValue()).toBe('')
    }
    for (let sent = 4; sent <= 5; sent++) {
      await send(page, `number ${sent} which waits`)
      await expect.poll(() => composer(page).inputValue()).toBe('')
    }
    await page.getByText('because many came in a short time').waitFor()
    await send(neighbour, 'one too many')
    await neighbour.getByText(/Too many messages of visitors in a short time\.\s+Go on in \d+ s\./).waitFor()
    expect(await composer(neighbour).inputValue()).toBe('one too many')
    await neighbour.getByText('You can go on.').waitFor()
    await composer(neighbour).press('Enter')
    await message(neighbour, 'one too many').waitFor()
  })

  test('keeps the text while the server cannot be reached, and sends it once', async () => {
    await using window = await visitor()
    const page = await openPage(window)
    await page.goto(lobby())
    await isLive(page)
    await page.route('**/*say*', (route) => route.abort())
    await send(page, 'said on a bad line')
    await page.getByText('Your text is kept').waitFor()
    expect(await composer(page).inputValue()).toBe('said on a bad line')
    await page.unroute('**/*say*')
    await composer(page).press('Enter')
    await message(page, 'said on a bad line').waitFor()
    expect((await contents()).filter((each) => each === 'said on a bad line')).toHaveLength(1)
    // What is begun outlives a reload.
    await composer(page).fill('half a thought')
    await page.reload()
    await expect.poll(() => composer(page).inputValue()).toBe('half a thought')
  })

  test('writes without script, and is told what waits and what was refused', async () => {
    await using window = await visitor({ javaScriptEnabled: false, viewport: PHONE })
    const page = await window.newPage()
    await page.goto(lobby())
    await page.getByText('You write as Demo Bot').waitFor()
    await composer(page).fill('without script')
    await page.getByRole('button', { name: 'Send' }).click()
    await message(page, 'without script').waitFor()
    await composer(page).fill(LINK)
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Your message waits for a moderator, because it has a link.').waitFor()
    expect(await contents()).not.toContain(LINK)
    await composer(page).fill('   ')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Use 1 to 10,000 characters.').waitFor()
  })

  test('without script: a form that is sent again says nothing twice', async () => {
    await using window = await visitor({ javaScriptEnabled: false })
    const page = await window.newPage()
    await page.goto(lobby())
    const clientId = () => page.locator('input[name=client_id]').getAttribute('value')
    const first = await clientId()
    const form = { content: 'sent by a reload', client_id: first ?? '' }
    const headers = { origin: server.url, accept: 'text/html' }
    const say = async () => (await window.request.post(`${lobby()}?/say`, { headers, form, maxRedirects: 0 })).status()
    expect([await say(), await say()]).toEqual([303, 303])
    expect((await contents()).filter((each) => each === form.content)).toHaveLength(1)
    await composer(page).fill('another text')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('alert').waitFor()
    expect(await composer(page).inputValue()).toBe('another text')
    expect(await clientId()).not.toBe(first)
    await page.getByRole('button', { name: 'Send' }).click()
    await message(page, 'another text').waitFor()
  })

  test('who has signed in in another tab does not write as the demo user by mistake', async () => {
    await using window = await visitor()
    const page = await openPage(window)
    await page.goto(lobby())
    await isLive(page)
    const { username, password } = member
    const answer = await window.request.post(`${server.url}/api/auth/sessions`, { data: { username, password } })
    expect(answer.status()).toBe(201)
    await send(page, 'as whom is this')
    await page.getByText('You have signed in meanwhile.').waitFor()
    expect(await contents()).not.toContain('as whom is this')
  })
})
