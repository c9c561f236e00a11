/** A mute and a ban in the windows of who gives them and of whom they are about; the forms and the audit log without script too. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { isLive, message, openPage, send, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const ADMIN = { username: 'root', email: 'root@example.test', password: 'root has a long password' }

let server: Server
let browser: Browser
let olga: Person
let ann: Person
beforeAll(async () => {
  const settings = {
    GLASSHOUSE_ADMIN_USERNAME: ADMIN.username,
    GLASSHOUSE_ADMIN_EMAIL: ADMIN.email,
    GLASSHOUSE_ADMIN_PASSWORD: ADMIN.password,
    MESSAGE_CHANGE_RATE_LIMIT: '10000/10',
  }
  ;[server, browser] = await Promise.all([startServer({ settings }), launchBrowser()])
  olga = await newPerson(server.url, 'olga')
  ann = await newPerson(server.url, 'ann')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const row = (page: Page, name: string) => page.getByTestId('member').filter({ hasText: name })
const notice = (page: Page) => page.getByTestId('restriction')

async function room(name: string): Promise<string> {
  const channelId = await newChannel(server.url, olga.token, name)
  await rest(server.url, 'PUT', `/api/channels/${channelId}/members/${ann.id}`, { token: olga.token })
  return channelId
}

async function choose(page: Page, name: string, item: string): Promise<void> {
  await row(page, name)
    .getByRole('button', { name: `What to do with ${name}` })
    .click()
  await page.getByRole('group', { name }).getByText(item, { exact: true }).click()
}

describe('mute and ban', () => {
  test('a moderator mutes: the other is told at once, in the place of the composer, and writes again once it is lifted', async () => {
    const channelId = await room('loud')
    await using olgaWindow = await windowOf(browser, server.url, olga)
    await using annWindow = await windowOf(browser, server.url, ann)
    const faults: string[] = []
    const [olgaPage, annPage] = [await openPage(olgaWindow, faults), await openPage(annWindow, faults)]
    await olgaPage.goto(`${server.url}/chat/${channelId}?members=1`)
    await annPage.goto(`${server.url}/chat/${channelId}`)
    await isLive(olgaPage)
    await isLive(annPage)
    await send(annPage, 'before')
    await annPage.getByRole('textbox', { name: /^Message/ }).fill('half a thought')

    await choose(olgaPage, 'ann', 'Mute for…')
    await olgaPage.getByRole('heading', { name: 'Mute ann' }).waitFor()
    expect(await axeFaults(olgaPage)).toEqual([])
    await olgaPage.getByLabel('1 day').check()
    await olgaPage.getByLabel('Reason').fill('too loud')
    await olgaPage.getByRole('button', { name: 'Mute', exact: true }).click()
    await notice(annPage)
      .getByText(/You are muted in # loud until .*, \d\d:\d\d\./)
      .waitFor()
    await notice(annPage).getByText('olga says: too loud').waitFor()
    expect(await annPage.getByRole('textbox', { name: /^Message/ }).count()).toBe(0)
    expect(await axeFaults(annPage)).toEqual([])
    await olgaPage.getByText(/^ann is muted until /).waitFor()
    await row(olgaPage, 'ann').getByText('Muted', { exact: true }).waitFor()
    expect(await axeFaults(olgaPage)).toEqual([])
    // It is there after a reload too, and in a thread.
    await annPage.reload()
    await notice(annPage).waitFor()
    await isLive(annPage)

    await olgaPage.getByRole('button', { name: 'Undo' }).click()
    await olgaPage.getByText('ann is no longer muted.').waitFor()
    const field = annPage.getByRole('textbox', { name: /^Message/ })
    await expect.poll(() => field.inputValue()).toBe('half a thought')
    await expect.poll(() => row(olgaPage, 'ann').getByText('Muted', { exact: true }).count()).toBe(0)
    await field.press('Enter')
    await message(olgaPage, 'half a thought').waitFor()
    expect(faults).toEqual([])
  })

  test('what has an end opens by itself when that has come', async () => {
    const channelId = await room('soon')
    await using annWindow = await windowOf(browser, server.url, ann)
    const page = await openPage(annWindow)
    await page.goto(`${server.url}/chat/${channelId}`)
    await isLive(page)
    const body = { until: new Date(Date.now() + 2_500).toISOString() }
    await rest(server.url, 'PUT', `/api/channels/${channelId}/members/${ann.id}/mute`, { token: olga.token, body })
    await notice(page).waitFor()
    await notice(page).waitFor({ state: 'detached' })
    await send(page, 'and again')
    expect(await message(page, 'and again').count()).toBe(1)
  })

  test('banned: out, with the reason, and no way in; listed and lifted, by keyboard and on a phone', async () => {
    const channelId = await room('square')
    await using olgaWindow = await windowOf(browser, server.url, olga, { viewport: PHONE })
    await using annWindow = await windowOf(browser, server.url, ann)
    const faults: string[] = []
    const [olgaPage, annPage] = [await openPage(olgaWindow, faults), await openPage(annWindow, faults)]
    await annPage.goto(`${server.url}/chat/${channelId}`)
    await isLive(annPage)
    await olgaPage.goto(`${server.url}/chat/${channelId}?members=1`)
    await isLive(olgaPage)
    await row(olgaPage, 'ann').getByRole('button', { name: 'What to do with ann' }).press('Enter')
    await olgaPage.getByRole('link', { name: 'Ban…' }).press('Enter')
    await olgaPage.locator('h3:focus').getByText('Ban ann').waitFor()
    await olgaPage.getByLabel('Until it is lifted').check()
    await olgaPage.getByLabel('Reason').fill('spam')
    await olgaPage.getByLabel('Reason').press('Enter')
    await notice(annPage).getByText('You are banned from # square until a moderator lifts it.').waitFor()
    await notice(annPage).getByText('olga says: spam').waitFor()
    expect(await annPage.getByRole('button', { name: 'Join' }).count()).toBe(0)
    await expect.poll(() => row(olgaPage, 'ann').count()).toBe(0)
    const banned = olgaPage.getByTestId('restricted').filter({ hasText: 'ann' })
    await banned.getByText('Banned until lifted, by olga: spam').waitFor()
    expect(await axeFaults(olgaPage)).toEqual([])
    await banned.getByRole('button', { name: 'Lift: ann' }).press('Enter')
    await expect.poll(() => banned.count()).toBe(0)
    await annPage.getByRole('button', { name: 'Join' }).click()
    await annPage.getByRole('textbox', { name: /^Message/ }).waitFor()
    expect(faults).toEqual([])
  })

  test('without script: muting, undoing, what the muted one sees, and the audit log with its filters', async () => {
    const channelId = await room('still')
    const plain = { javaScriptEnabled: false }
    await using olgaWindow = await windowOf(browser, server.url, olga, plain)
    const page = await openPage(olgaWindow)
    await page.goto(`${server.url}/chat/${channelId}?members=1&mute=${ann.id}`)
    await page.getByLabel('15 minutes').check()
    await page.getByLabel('Reason').fill('once more')
    await page.getByRole('button', { name: 'Mute', exact: true }).click()
    await page.getByText(/^ann is muted until \d\d:\d\d\.$/).waitFor()
    await using annWindow = await windowOf(browser, server.url, ann, plain)
    const annPage = await openPage(annWindow)
    await annPage.goto(`${server.url}/chat/${channelId}`)
    await notice(annPage).getByText('olga says: once more').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('ann is no longer muted.').waitFor()
    await annPage.reload()
    await annPage.getByRole('textbox', { name: /^Message/ }).waitFor()

    await annPage.goto(`${server.url}/chat/moderation/audit`)
    await annPage.getByText('The audit log is for administrators.').waitFor()
    const signedIn = await rest(server.url, 'POST', '/api/users/login', {
      body: { username: ADMIN.username, password: ADMIN.password },
    })
    const root = { ...olga, ...ADMIN, id: signedIn.body.user.id, token: signedIn.body.token }
    await using rootWindow = await windowOf(browser, server.url, root, { viewport: PHONE, ...plain })
    const log = await openPage(rootWindow)
    await log.goto(`${server.url}/chat/moderation`)
    await log.getByRole('link', { name: 'Audit log' }).click()
    const entries = log.getByTestId('audit-entry')
    await entries.first().waitFor()
    const beyond = `[...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > innerWidth).length`
    expect(await log.evaluate<number>(beyond)).toBe(0)
    await log.getByLabel('What', { exact: true }).selectOption({ label: 'muted' })
    await log.getByLabel('Channel', { exact: true }).selectOption(channelId)
    await log.getByLabel('By whom').fill('olga')
    await log.getByLabel('About whom').fill('@Ann')
    await log.getByRole('button', { name: 'Show', exact: true }).click()
    await expect.poll(() => entries.count()).toBe(1)
    expect(await entries.innerText()).toMatch(/^olga muted ann in # still/)
    await entries.getByText('once more').waitFor()
    const until = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
    await log.getByLabel('To', { exact: true }).fill(until)
    await log.getByRole('button', { name: 'Show', exact: true }).click()
    await log.getByText('Nothing of that was done.').waitFor()
    await log.getByLabel('By whom').fill('nobody-at-all')
    await log.getByRole('button', { name: 'Show', exact: true }).click()
    await log.getByText('Nobody here has this user name.').waitFor()
  })

  test('the audit log has no fault for those who cannot see it, and goes on to older pages', async () => {
    const channelId = await room('pages')
    const path = `/api/channels/${channelId}/members/${ann.id}/mute`
    for (let round = 0; round < 26; round++) {
      const body = { until: null, reason: `round ${round}` }
      await rest(server.url, 'PUT', path, { token: olga.token, body })
      await rest(server.url, 'DELETE', path, { token: olga.token })
    }
    const signedIn = await rest(server.url, 'POST', '/api/users/login', {
      body: { username: ADMIN.username, password: ADMIN.password },
    })
    const root = { ...olga, ...ADMIN, id: signedIn.body.user.id, token: signedIn.body.token }
    await using rootWindow = await windowOf(browser, server.url, root)
    const faults: string[] = []
    const log = await openPage(rootWindow, faults)
    await log.goto(`${server.url}/chat/moderation/audit?channel=${channelId}`)
    const entries = log.getByTestId('audit-entry')
    await expect.poll(() => entries.count()).toBe(50)
    expect(await axeFaults(log)).toEqual([])
    await log.getByRole('link', { name: 'Older ones' }).click()
    await log.getByText('round 0', { exact: true }).waitFor()
    expect(await entries.count()).toBe(2)
    expect(faults).toEqual([])
  })
})
