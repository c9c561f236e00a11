/** Two browsers of one person: what is written in one and not sent. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser } from './browser.ts'
import { composer, message, openChat, openPage, signIn, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let ann: Person
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launchBrowser()])
  ann = await newPerson(server.url, 'ann')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const typed = (page: Page) => composer(page).inputValue()
const stored = async (): Promise<string[]> => {
  const { body } = await rest(server.url, 'GET', '/api/drafts', { token: ann.token })
  return body.items.map(({ content }: { content: string }) => content)
}

describe('a draft', () => {
  test('typed here appears there, is marked in the list, and is gone everywhere once it is sent', async () => {
    const channelId = await newChannel(server.url, ann.token, 'two-windows')
    const other = await newChannel(server.url, ann.token, 'elsewhere')
    await using laptop = await windowOf(browser, server.url, ann)
    await using phone = await windowOf(browser, server.url, ann)
    const faults: string[] = []
    const [here, there] = [await openPage(laptop, faults), await openPage(phone, faults)]
    await openChat(here, channelId)
    await openChat(there, channelId)
    await composer(here).pressSequentially('half a thought')
    await expect.poll(() => typed(there)).toBe('half a thought')
    await here.goto(`${server.url}/chat/${other}`)
    const row = here.getByRole('navigation', { name: 'Channels' }).getByRole('link', { name: /two-windows/ })
    await row.getByText('draft', { exact: true }).waitFor()
    expect(await axeFaults(here)).toEqual([])
    await composer(there).press('Enter')
    await message(there, 'half a thought').waitFor()
    await expect.poll(() => row.getByText('draft', { exact: true }).count()).toBe(0)
    expect(await stored()).toEqual([])
    expect(faults).toEqual([])
  })

  test('is gone from the other device, also when its sender closes the page in that moment', async () => {
    const channelId = await newChannel(server.url, ann.token, 'in-a-hurry')
    await using laptop = await windowOf(browser, server.url, ann)
    await using phone = await windowOf(browser, server.url, ann)
    const [here, there] = [await openPage(laptop), await openPage(phone)]
    await openChat(here, channelId)
    await openChat(there, channelId)
    await composer(here).pressSequentially('off I go')
    await expect.poll(() => typed(there)).toBe('off I go')
    // What the page would say of its draft afterwards does not arrive any more.
    await here.route('**/draft', (route) => route.abort())
    await composer(here).press('Enter')
    await message(there, 'off I go').waitFor()
    await here.close()
    await expect.poll(() => typed(there)).toBe('')
    expect(await stored()).toEqual([])
  })

  test('written on both while one was cut off: both texts are there, and one is chosen', async () => {
    const channelId = await newChannel(server.url, ann.token, 'cut-off')
    await using laptop = await windowOf(browser, server.url, ann)
    await using phone = await windowOf(browser, server.url, ann)
    const [here, there] = [await openPage(laptop), await openPage(phone)]
    await openChat(here, channelId)
    await openChat(there, channelId)
    await phone.setOffline(true)
    await composer(there).fill('on the train')
    await composer(here).fill('at the desk')
    await expect.poll(stored).toEqual(['at the desk'])
    await phone.setOffline(false)
    const notice = there.getByRole('group', { name: 'Written on another device' })
    await notice.getByText('at the desk').waitFor()
    expect(await typed(there)).toBe('on the train')
    expect(await typed(here)).toBe('at the desk')
    expect(await axeFaults(there)).toEqual([])
    await notice.getByRole('button', { name: 'Keep what is here' }).click()
    // Nothing changes under the hands of who has just typed.
    await expect.poll(() => typed(here), { timeout: 20_000 }).toBe('on the train')
    await expect.poll(() => notice.count()).toBe(0)
  })

  test('is not stored as somebody else’s, who has signed in in another tab', async () => {
    const channelId = await newChannel(server.url, ann.token, 'one-browser')
    const bob = await newPerson(server.url, 'bob')
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    await window.clearCookies()
    await signIn(window, server.url, bob)
    const asked = () => page.waitForResponse((response) => response.url().endsWith('/api/auth/sessions/current'))
    const first = asked()
    await composer(page).pressSequentially('for ann')
    await first
    // Whoever asks once more is done with the first try; else it is stored.
    const stores = page.waitForResponse((response) => response.request().method() === 'PUT' && response.ok())
    const second = Promise.race([asked(), stores])
    await composer(page).pressSequentially(' alone')
    await second
    expect((await rest(server.url, 'GET', '/api/drafts', { token: bob.token })).body.items).toEqual([])
    expect(await typed(page)).toBe('for ann alone')
  })
})
