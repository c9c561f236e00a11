/** What tests say and do on the chat's page. */
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { newWindow } from './browser.ts'
import type { Person } from './rest.ts'

/** A page that reports what it should not have said. */
export async function openPage(window: BrowserContext, faults: string[] = []): Promise<Page> {
  const page = await window.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|hydrat/i.test(message.text()))
      faults.push(message.text())
  })
  return page
}

/** A window in which this person is signed in; addresses in it are those of this server. */
export async function windowOf(
  browser: Browser,
  url: string,
  person: Person,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const window = await newWindow(browser, { baseURL: url, ...options })
  await signIn(window, url, person)
  return window
}

/** Signs in without the page: for tests of what comes after. */
export async function signIn(window: BrowserContext, url: string, { username, password }: Person): Promise<void> {
  const answer = await window.request.post(`${url}/api/auth/sessions`, { data: { username, password } })
  if (answer.status() !== 201) throw new Error(`sign in ${username}: ${answer.status()} ${await answer.text()}`)
}

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message #/ })

export async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

export const message = (page: Page, text: string): Locator => page.getByTestId('message').filter({ hasText: text })

export async function isLive(page: Page): Promise<void> {
  await page.locator('[data-testid=live-state][data-state=live]').waitFor()
}

/** The list that the server drew has given way to the one that scrolls; a panel may cover it. */
export async function settled(page: Page): Promise<void> {
  await page.locator('[data-testid=message-list][data-ready=true]').waitFor({ state: 'attached' })
}

/**
 * Opens what is at `/chat/PATH`, in a window that `windowOf` has made. Resolves once it is live, and has settled where it is a channel.
 */
export async function openChat(page: Page, path = ''): Promise<void> {
  await page.goto(path === '' ? '/chat' : `/chat/${path}`)
  await isLive(page)
  if ((await page.getByTestId('message-list').count()) > 0) await settled(page)
}

/** The last line of each message in the page, from top to bottom. */
export async function texts(page: Page): Promise<string[]> {
  const all = await page.getByTestId('message').allInnerTexts()
  return all.map((text) => text.split('\n').at(-1) ?? '')
}

/** Nothing is on its way any more. (The page's policy forbids `waitForFunction`, which evaluates a text in it.) */
export async function allSent(page: Page): Promise<void> {
  await expect.poll(() => page.locator('[data-state=pending]').count()).toBe(0)
}
