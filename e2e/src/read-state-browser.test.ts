/** What is unread, as a person sees it on two devices while somebody writes to them. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { message, openChat, openPage, send, settled, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let ann: Person
let ben: Person
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launchBrowser()])
  ann = await newPerson(server.url, 'ann')
  ben = await newPerson(server.url, 'ben')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const as = (person: Person, method: string, path: string, body?: unknown) =>
  rest(server.url, method, `/api/${path}`, { token: person.token, ...(body === undefined ? {} : { body }) })

const say = async (channelId: string, content: string, threadId?: string): Promise<string> => {
  const body = { content, ...(threadId === undefined ? {} : { thread_id: threadId }) }
  return (await as(ann, 'POST', `channels/${channelId}/messages`, body)).body.id
}

/** A channel of ann's that ben is in. */
async function sharedChannel(name: string): Promise<string> {
  const channelId = await newChannel(server.url, ann.token, name)
  await as(ben, 'PUT', `channels/${channelId}/members/me`)
  return channelId
}

const listed = (page: Page, name: string): Locator =>
  page.getByRole('navigation', { name: 'Channels' }).getByRole('link', { name: new RegExp(`^${name}`) })
const nameOf = async (page: Page, name: string): Promise<string> =>
  (await listed(page, name).innerText()).replaceAll(/\s+/g, ' ').trim()
const shows = async (page: Page, name: string, text: string): Promise<void> => {
  await expect.poll(() => nameOf(page, name), { timeout: 5_000 }).toBe(text)
}

describe('what is unread', () => {
  test('badges move on both devices; what is read on one is read on the other; the line stands', async () => {
    const tea = await sharedChannel('tea')
    const home = await sharedChannel('home')
    const faults: string[] = []
    await using deskWindow = await windowOf(browser, server.url, ben)
    await using phoneWindow = await windowOf(browser, server.url, ben, { viewport: PHONE })
    const [desk, phone] = [await openPage(deskWindow, faults), await openPage(phoneWindow, faults)]
    await say(tea, 'before')
    await Promise.all([openChat(desk, home), openChat(phone, 'channels')])
    // From the first HTML on.
    await shows(desk, 'tea', 'tea 1 unread')

    await say(tea, 'hello @ben')
    await shows(desk, 'tea', 'tea @1 mentions 2 unread')
    await shows(phone, 'tea', 'tea @1 mentions 2 unread')
    await expect.poll(() => desk.title()).toMatch(/^\(1\) # home/)
    const icon = desk.locator('link[rel=icon]')
    await expect.poll(() => icon.getAttribute('href')).toContain('favicon-mention.svg')
    expect(await axeFaults(desk), 'badges').toEqual([])
    expect(await axeFaults(phone), 'badges, phone').toEqual([])

    await listed(desk, 'tea').click()
    await settled(desk)
    await desk.getByTestId('new-line').waitFor()
    await shows(desk, 'tea', 'tea')
    await shows(phone, 'tea', 'tea')
    await expect.poll(() => desk.title()).toMatch(/^# tea/)
    await expect.poll(() => icon.getAttribute('href')).toContain('favicon.svg')
    // The line stands where it was, also when more is read.
    await say(tea, 'and more')
    await message(desk, 'and more').waitFor()
    expect(await desk.getByTestId('new-line').count()).toBe(1)
    await expect.poll(async () => (await as(ben, 'GET', 'unread')).body.channels[0].unread).toEqual([])
    await shows(phone, 'tea', 'tea')
    expect(await axeFaults(desk), 'the line').toEqual([])

    // Marked on one device, it comes back on both, and stays until the channel is opened anew.
    await message(desk, 'hello').hover()
    await message(desk, 'hello').getByRole('button', { name: 'More' }).click()
    await desk.getByRole('menuitem', { name: 'Mark unread' }).click()
    await shows(desk, 'tea', 'tea @1 mentions 2 unread')
    await shows(phone, 'tea', 'tea @1 mentions 2 unread')
    await say(tea, 'meanwhile')
    await shows(phone, 'tea', 'tea @1 mentions 3 unread')
    await listed(phone, 'tea').click()
    await settled(phone)
    await shows(desk, 'tea', 'tea')
    expect(faults).toEqual([])
  })

  test('a long absence: the bar leads to the first of them, Escape marks all as read', async () => {
    const news = await sharedChannel('news')
    const first = await say(news, 'the first of many')
    for (let number = 2; number <= 30; number++) await say(news, `news ${number}\n\nwith\n\nmany lines`)
    await using window = await windowOf(browser, server.url, ben)
    const page = await openPage(window)
    await openChat(page, news)
    const bar = page.getByTestId('unread-bar')
    await bar.waitFor()
    expect(await axeFaults(page), 'the bar').toEqual([])
    await bar.getByRole('button', { name: /^30 new messages/ }).click()
    await message(page, 'the first of many').waitFor()
    await page.getByTestId('new-line').waitFor()
    await expect.poll(() => bar.count()).toBe(0)

    await message(page, 'the first of many').focus()
    await page.keyboard.press('u')
    await shows(page, 'news', 'news 30 unread')
    await page.keyboard.press('Escape')
    await shows(page, 'news', 'news')
    await expect.poll(() => page.getByTestId('new-line').count()).toBe(0)
    expect((await as(ben, 'GET', `messages/${first}`)).status).toBe(200)
  })

  test('what comes while nobody looks is unread, and new when they look again', async () => {
    const quiet = await sharedChannel('quiet')
    await say(quiet, 'earlier')
    await using window = await windowOf(browser, server.url, ben)
    const page = await openPage(window)
    await openChat(page, quiet)
    await shows(page, 'quiet', 'quiet')
    await look(page, 'hidden')
    await say(quiet, 'while away')
    await shows(page, 'quiet', 'quiet 1 unread')
    await expect.poll(() => page.title()).toMatch(/^• # quiet/)
    await look(page, 'visible')
    await shows(page, 'quiet', 'quiet')
    const line = page.getByTestId('new-line')
    await line.waitFor()
    const [lineBox, messageBox] = [await line.boundingBox(), await message(page, 'while away').boundingBox()]
    expect((messageBox?.y ?? 0) - (lineBox?.y ?? 0)).toBeLessThan(60)
  })

  test('replies to a thread that one follows, read by opening it', async () => {
    const talk = await sharedChannel('talk')
    await using window = await windowOf(browser, server.url, ben)
    const page = await openPage(window)
    await openChat(page, talk)
    await send(page, 'who comes?')
    await message(page, 'who comes?').and(page.locator('[data-state=stored]')).waitFor()
    const { body } = await as(ann, 'GET', `channels/${talk}/messages`)
    await say(talk, 'I do', body.items[0].id)
    await shows(page, 'talk', 'talk 1 unread')
    await message(page, 'who comes?').getByText('1 new').waitFor()
    await message(page, 'who comes?')
      .getByRole('link', { name: /^1 reply/ })
      .click()
    await shows(page, 'talk', 'talk')
    await expect.poll(() => page.getByRole('region', { name: 'Thread' }).getByTestId('new-line').count()).toBe(1)
  })
})

describe('one’s own list', () => {
  test('muted is quiet but for mentions, favourites and sections are grouped, on both devices', async () => {
    const loud = await sharedChannel('loud')
    await sharedChannel('other')
    await using deskWindow = await windowOf(browser, server.url, ben)
    await using phoneWindow = await windowOf(browser, server.url, ben, { viewport: PHONE })
    const [desk, phone] = [await openPage(deskWindow), await openPage(phoneWindow)]
    await Promise.all([openChat(desk, loud), openChat(phone, 'channels')])
    const choose = async (item: string): Promise<void> => {
      await desk.getByRole('button', { name: 'The channel in your list' }).click()
      await desk.getByRole('menuitem', { name: item }).click()
    }
    await desk.getByRole('button', { name: 'The channel in your list' }).click()
    await desk.getByRole('menu').waitFor()
    expect(await axeFaults(desk), 'the menu').toEqual([])
    await desk.keyboard.press('Escape')

    await choose('Add to favourites')
    await expect.poll(() => headings(phone)).toEqual(['Favourites', 'Channels', 'Direct messages'])
    await choose('Remove from favourites')
    await choose('Move to a section…')
    const dialog = desk.getByRole('dialog')
    await dialog.getByLabel('Section').fill('Later')
    expect(await axeFaults(desk), 'the section').toEqual([])
    await dialog.getByRole('button', { name: 'Move' }).click()
    await expect.poll(() => headings(desk)).toEqual(['Later', 'Channels', 'Direct messages'])
    await expect.poll(() => headings(phone)).toEqual(['Later', 'Channels', 'Direct messages'])
    await choose('Mute')
    await listed(phone, 'loud').getByLabel('muted').waitFor()

    await listed(desk, 'other').click()
    await desk.getByRole('heading', { name: '# other' }).waitFor()
    await say(loud, 'so loud')
    await say(loud, 'but @ben')
    await shows(phone, 'loud', 'loud @1 mentions')
    await shows(desk, 'loud', 'loud @1 mentions')
    await desk.reload()
    expect(await nameOf(desk, 'loud')).toBe('loud @1 mentions')
    expect(await headings(desk)).toEqual(['Later', 'Channels', 'Direct messages'])
  })

  test('by keyboard: to the channel beside, and to the next with something new', async () => {
    const cara = await newPerson(server.url, 'cara')
    const names = ['key-a', 'key-b', 'key-c']
    const ids = await Promise.all(names.map((name) => newChannel(server.url, ann.token, name)))
    for (const id of ids) await as(cara, 'PUT', `channels/${id}/members/me`)
    await using window = await windowOf(browser, server.url, cara)
    const page = await openPage(window)
    await openChat(page, ids[0] ?? '')
    const shown = (name: string): Promise<void> => page.getByRole('heading', { name: `# ${name}` }).waitFor()
    await page.keyboard.press('Alt+ArrowDown')
    await shown('key-b')
    await page.keyboard.press('Alt+ArrowUp')
    await shown('key-a')
    await say(ids[2] ?? '', 'over here')
    await shows(page, 'key-c', 'key-c 1 unread')
    await page.keyboard.press('Alt+Shift+ArrowDown')
    await shown('key-c')
    await shows(page, 'key-c', 'key-c')
    await page.getByTestId('message-scroller').focus()
    await page.keyboard.press('?')
    await expect.poll(() => page.getByRole('dialog').innerText()).toContain('The same, with something new')
  })
})

const headings = (page: Page): Promise<string[]> =>
  page.getByRole('navigation', { name: 'Channels' }).getByRole('heading').allInnerTexts()

/** Chromium without a screen shows every page: this one says that it is hidden. */
async function look(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' })
    document.dispatchEvent(new Event('visibilitychange'))
  `)
}
