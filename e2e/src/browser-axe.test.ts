/** Axe finds nothing serious: on any page, in any state that matters, in both themes, on a desk and on a phone. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, newWindow, PHONE } from './browser.ts'
import { composer, isLive, message, openPage, send, settled, windowOf } from './chat-page.ts'
import { startCuttableProxy } from './cuttable-proxy.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let person: Person
let channelId: string
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer({ settings: { LOBBY_ACCESS: 'read' } }), launchBrowser()])
  person = await newPerson(server.url, 'reader')
  channelId = await newChannel(server.url, person.token, 'platform')
  const root = await say('Everything: **bold**, `code`, [a link](https://example.test), @reader, @somebody\n> quoted')
  await say('```ts\n// why\nconst a: number = f("b", 1, true)\nclass C extends D {}\n```')
  await say('| a | b |\n|---|---|\n| 1 | 2 |')
  await say('a reply', root)
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function say(content: string, threadId?: string): Promise<string> {
  const body = { content, ...(threadId === undefined ? {} : { thread_id: threadId }) }
  const path = `/api/channels/${channelId}/messages`
  return (await rest(server.url, 'POST', path, { token: person.token, body })).body.id
}

const SCREENS = { desk: { width: 1280, height: 800 }, phone: PHONE }
const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
  (['desk', 'phone'] as const).map((screen) => ({ colorScheme, screen, viewport: SCREENS[screen] })),
)

describe.for(looks)('$colorScheme, $screen', ({ colorScheme, viewport, screen }) => {
  const look = { colorScheme, viewport }

  test('the pages of a visitor', async () => {
    await using window = await newWindow(browser, look)
    const page = await openPage(window)
    for (const path of ['/', '/register', '/sign-in', '/setup', '/chat', `/chat/${channelId}`, '/nothing/here']) {
      await page.goto(server.url + path)
      expect(await axeFaults(page), path).toEqual([])
    }
    await page.goto(`${server.url}/register`)
    await page.getByLabel('User name').fill('x')
    await page.getByLabel('Email').fill('x@example.test')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Register' }).click()
    await expect.poll(() => page.locator('[aria-invalid]').count()).toBeGreaterThan(0)
    expect(await axeFaults(page), 'a refused form').toEqual([])
  })

  test('the pages of a person', async () => {
    await using window = await windowOf(browser, server.url, person, look)
    const page = await openPage(window)
    for (const path of [
      '/',
      '/protected',
      '/status',
      '/sign-out',
      '/chat/channels',
      '/chat/new',
      `/chat/${person.id}`,
    ]) {
      await page.goto(server.url + path)
      expect(await axeFaults(page), path).toEqual([])
    }
  })

  test('a channel, its thread, and what opens over it', async () => {
    await using window = await windowOf(browser, server.url, person, look)
    const page = await openPage(window)
    await openChannel(page, server.url)
    await page.locator('.hljs-keyword').first().waitFor()
    expect(await axeFaults(page), 'a channel').toEqual([])
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').waitFor()
    expect(await axeFaults(page), 'the switcher').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByTestId('account-menu').click()
    expect(await axeFaults(page), 'the account menu').toEqual([])
    await page.getByRole('button', { name: /Keyboard shortcuts/ }).click()
    await page.getByRole('dialog').waitFor()
    expect(await axeFaults(page), 'the shortcuts').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: '1 reply' }).click()
    await page.getByRole('region', { name: 'Thread' }).waitFor()
    expect(await axeFaults(page), 'a thread').toEqual([])
  })

  test('a channel that is cut off, with a message that waits', async () => {
    await using wire = await startCuttableProxy(server.url)
    await using window = await windowOf(browser, wire.url, person, look)
    const page = await openPage(window)
    await openChannel(page, wire.url)
    wire.cut()
    await page.locator('[data-testid=live-state]:not([data-state=live])').waitFor()
    const text = `written in a tunnel, ${colorScheme}, ${screen}`
    await send(page, text)
    await message(page, text).waitFor()
    expect(await axeFaults(page)).toEqual([])
    wire.mend()
    await isLive(page)
    await composer(page).waitFor()
  })
})

async function openChannel(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/chat/${channelId}`)
  await settled(page)
  await isLive(page)
}
