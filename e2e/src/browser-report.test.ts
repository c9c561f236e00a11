/** A message that a member reports and a moderator removes, in the windows of both and of its author. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser } from './browser.ts'
import { isLive, message, openPage, send, settled, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let mia: Person
let ann: Person
let ben: Person
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launchBrowser()])
  // The first of the house is its administrator, and moderates all public channels.
  await newPerson(server.url, 'root')
  mia = await newPerson(server.url, 'mia')
  ann = await newPerson(server.url, 'ann')
  ben = await newPerson(server.url, 'ben')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const item = (page: Page, text: string): Locator => page.getByTestId('moderation-item').filter({ hasText: text })

async function open(page: Page, channelId: string): Promise<void> {
  await page.goto(`${server.url}/chat/${channelId}`)
  await settled(page)
  await isLive(page)
}

async function menu(page: Page, text: string): Promise<Locator> {
  await message(page, text).hover()
  await message(page, text).getByRole('button', { name: 'More' }).click()
  return page.getByRole('menu')
}

describe('a message that should not stand', () => {
  test('is reported once, seen in the queue live, removed with a reason that its author reads, and comes back when that is undone', async () => {
    const channelId = await newChannel(server.url, mia.token, 'market')
    await using miaWindow = await windowOf(browser, server.url, mia)
    await using annWindow = await windowOf(browser, server.url, ann)
    await using benWindow = await windowOf(browser, server.url, ben)
    const faults: string[] = []
    const [queue, miaPage] = [await openPage(miaWindow, faults), await openPage(miaWindow, faults)]
    const [annPage, benPage] = [await openPage(annWindow, faults), await openPage(benWindow, faults)]
    await queue.goto(`${server.url}/chat/moderation`)
    await queue.getByText('Nothing waits for you.').waitFor()
    await isLive(queue)
    await Promise.all([miaPage, annPage, benPage].map((page) => open(page, channelId)))
    await send(annPage, 'A rude word')
    await message(benPage, 'A rude word').waitFor()

    // Its author cannot report it, nor can a member remove it.
    expect(await (await menu(annPage, 'rude word')).getByRole('menuitem', { name: /Report|Remove/ }).count()).toBe(0)
    await annPage.keyboard.press('Escape')
    const benMenu = await menu(benPage, 'rude word')
    expect(await benMenu.getByRole('menuitem', { name: 'Remove with a reason' }).count()).toBe(0)
    await benMenu.getByRole('menuitem', { name: 'Report' }).click()
    await benPage.getByRole('dialog').getByText('Its author is not told.').waitFor()
    expect(await axeFaults(benPage), 'the report').toEqual([])
    // The field has the focus.
    await benPage.keyboard.type('It insults people')
    await benPage.keyboard.press('Enter')
    await expect.poll(() => benPage.getByRole('dialog').count()).toBe(0)
    await benPage.getByText('Reported', { exact: true }).waitFor({ state: 'attached' })
    const reported = (await menu(benPage, 'rude word')).getByRole('menuitem', { name: 'Reported' })
    expect(await reported.getAttribute('aria-disabled')).toBe('true')
    await benPage.keyboard.press('Escape')
    await item(queue, 'A rude word').getByText('reported by one person').waitFor()
    await item(queue, 'A rude word').getByText('It insults people').waitFor()

    // Removed where it stands: not without a reason.
    await (await menu(miaPage, 'rude word')).getByRole('menuitem', { name: 'Remove with a reason' }).click()
    const dialog = miaPage.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await dialog.getByText('Say why.').waitFor()
    expect(await axeFaults(miaPage), 'the removal').toEqual([])
    await dialog.getByLabel('Reason').fill('no insults here')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    const notice = miaPage.getByRole('status', { name: 'Removed' })
    await notice.getByText('You have removed a message by ann.').waitFor()
    expect(await axeFaults(miaPage), 'the notice').toEqual([])
    await message(annPage, 'A rude word').getByText('Removed by mia: no insults here').waitFor()
    await item(queue, 'A rude word').getByText('mia has removed this message: no insults here').waitFor()
    for (const page of [miaPage, benPage]) await expect.poll(() => message(page, 'A rude word').count()).toBe(0)
    await benPage.getByText('This message was deleted.').waitFor()
    const seen = await rest(server.url, 'GET', `/api/channels/${channelId}/messages`, { token: ben.token })
    expect(JSON.stringify(seen.body)).not.toMatch(/rude|insult/)

    await notice.getByRole('button', { name: 'Undo' }).click()
    await message(benPage, 'A rude word').waitFor()
    expect(await notice.count()).toBe(0)
    await annPage.locator('[data-testid=message][data-state=stored]').filter({ hasText: 'A rude word' }).waitFor()
    expect(await message(annPage, 'Removed by').count()).toBe(0)
    expect(faults).toEqual([])
  })
})
