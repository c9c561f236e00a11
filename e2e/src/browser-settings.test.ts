/** One's own account as a page: with script and without, on a desk and on a phone. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, newWindow, PHONE } from './browser.ts'
import { isLive, openPage, windowOf } from './chat-page.ts'
import { newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const ANOTHER_PASSWORD = 'quite another lamp 4711'
const SMALLEST = { width: 320, height: 640 }

let server: Server
let browser: Browser
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launchBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const sessions = (page: Page) => page.getByTestId('session')
const status = (page: Page) => page.getByRole('status')
const isWide = (page: Page) =>
  page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth')
const mayStill = async (person: Person): Promise<boolean> =>
  (await rest(server.url, 'GET', '/api/users/me', { token: person.token })).status === 200

describe.for([
  { name: 'with script, on a desk', options: {} },
  { name: 'without script, on a phone', options: { javaScriptEnabled: false, viewport: PHONE } },
])('$name', ({ name, options }) => {
  const hasScript = !('javaScriptEnabled' in options)
  const username = hasScript ? 'ada' : 'grace'

  test('the name, the password and the sessions are changed, and what is wrong is said at its field', async () => {
    const faults: string[] = []
    const person = await newPerson(server.url, username)
    await using window = await windowOf(browser, server.url, person, options)
    const page = await openPage(window, faults)
    await page.goto(`${server.url}/chat`)
    await page.getByTestId('account-menu').click()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('heading', { name: 'Settings' }).waitFor()

    await page.getByLabel('Display name').fill('\u202Enimda')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Use one line of 1 to 80 characters.').waitFor()
    expect(await page.getByLabel('Display name').getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Display name').fill(`  Countess   ${username} `)
    await page.getByRole('button', { name: 'Save' }).click()
    await status(page).getByText(`Saved: others see you as Countess ${username}.`).waitFor()
    expect(await page.getByLabel('Display name').inputValue()).toBe(`Countess ${username}`)

    const change = async (present: string, next: string): Promise<void> => {
      await page.getByLabel('Present password').fill(present)
      await page.getByLabel('New password').fill(next)
      await page.getByRole('button', { name: 'Change password' }).click()
    }
    await change('not my password', ANOTHER_PASSWORD)
    await page.getByText('This is not your present password.').waitFor()
    expect(await page.getByLabel('Present password').getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByLabel('Present password').inputValue()).toBe('')
    await change(person.password, 'short')
    await page.getByText('Use 10 to 200 characters, and another password than now.').waitFor()
    expect(await page.getByLabel('New password').getAttribute('aria-invalid')).toBe('true')
    expect(await mayStill(person)).toBe(true)
    await change(person.password, ANOTHER_PASSWORD)
    await status(page).getByText('Your password is changed. One other session is signed out.').waitFor()
    expect(await page.getByLabel('New password').inputValue()).toBe('')
    expect(await mayStill(person)).toBe(false)
    expect(await sessions(page).count(), name).toBe(1)

    for (let device = 0; device < 3; device++) {
      const body = { username, password: ANOTHER_PASSWORD }
      await rest(server.url, 'POST', '/api/users/login', { body, headers: { 'user-agent': `curl/8.${device}` } })
    }
    await page.goto(`${server.url}/settings`)
    expect(await sessions(page).count()).toBe(4)
    expect(await sessions(page).last().innerText()).toContain('this one')
    await sessions(page)
      .first()
      .getByRole('button', { name: /^Sign out: curl, from / })
      .click()
    await status(page).getByText('That session is signed out.').waitFor()
    await expect.poll(() => sessions(page).count()).toBe(3)
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await status(page).getByText('2 other sessions are signed out.').waitFor()
    await expect.poll(() => sessions(page).count()).toBe(1)
    expect(await page.getByRole('button', { name: 'Sign out everywhere else' }).count()).toBe(0)
    expect(faults).toEqual([])
  })
})

test('a page that is open elsewhere loses its connection, and asks to sign in', async () => {
  const person = await newPerson(server.url, 'joan')
  await using here = await windowOf(browser, server.url, person)
  await using there = await windowOf(browser, server.url, person)
  const open = await openPage(there)
  await open.goto(`${server.url}/chat`)
  await isLive(open)
  const page = await openPage(here)
  await page.goto(`${server.url}/settings`)
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await status(page).getByText('2 other sessions are signed out.').waitFor()
  await open.locator('[data-testid=live-state]:not([data-state=live])').waitFor({ timeout: 2_000 })
  await open.goto(`${server.url}/protected`)
  expect(new URL(open.url()).pathname).toBe('/sign-in')
})

test('whoever has not signed in is asked to, and comes back', async () => {
  await using window = await newWindow(browser)
  const page = await openPage(window)
  await page.goto(`${server.url}/settings`)
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/sign-in?next=%2Fsettings')
})

describe.for(['light', 'dark'] as const)('%s', (colorScheme) => {
  test('axe finds nothing, and nothing is wider than the screen', async () => {
    const person = await newPerson(server.url, `look-${colorScheme}`)
    for (const viewport of [{ width: 1280, height: 800 }, PHONE, SMALLEST]) {
      await using window = await windowOf(browser, server.url, person, { colorScheme, viewport })
      const page = await openPage(window)
      await page.goto(`${server.url}/settings`)
      expect(await axeFaults(page)).toEqual([])
      await page.getByLabel('Present password').fill('not my password')
      await page.getByLabel('New password').fill(ANOTHER_PASSWORD)
      await page.getByRole('button', { name: 'Change password' }).click()
      await page.locator('[aria-invalid]').waitFor()
      expect(await axeFaults(page), 'a refused form').toEqual([])
      expect(await isWide(page)).toBe(false)
    }
  })
})
