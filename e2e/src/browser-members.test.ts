/** Private channels and their members, as three people see them in their windows at the same time. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, newWindow, PHONE } from './browser.ts'
import { composer, isLive, message, openChat, openPage, send, signIn, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let ann: Person
let ben: Person
let cem: Person
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launchBrowser()])
  ann = await newPerson(server.url, 'ann')
  ben = await newPerson(server.url, 'ben')
  cem = await newPerson(server.url, 'cem')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const listed = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Channels' }).getByRole('link', { name: new RegExp(`^${name}`) })
const memberRow = (page: Page, username: string) => page.getByTestId('member').filter({ hasText: `@${username}` })
const menuOf = (page: Page, username: string) => page.getByRole('button', { name: `What to do with ${username}` })

describe('a private channel', () => {
  test('is made, shared, moderated and closed to somebody, live in all windows', async () => {
    await using annWindow = await windowOf(browser, server.url, ann)
    await using benWindow = await windowOf(browser, server.url, ben)
    await using cemWindow = await windowOf(browser, server.url, cem)
    const faults: string[] = []
    const [annPage, benPage, cemPage] = [
      await openPage(annWindow, faults),
      await openPage(benWindow, faults),
      await openPage(cemWindow, faults),
    ]
    for (const page of [benPage, cemPage]) {
      await openChat(page)
    }
    await annPage.goto(`${server.url}/chat/new`)
    await annPage.getByLabel('Name').fill('skunkworks')
    await annPage.getByLabel(/Private/).check()
    await annPage.getByRole('button', { name: 'Create the channel' }).click()
    await annPage.getByRole('heading', { name: /skunkworks/ }).waitFor()
    await isLive(annPage)
    await listed(annPage, 'skunkworks').waitFor()

    await annPage.getByLabel('Add somebody').fill('nobody-here')
    await annPage.getByRole('button', { name: 'Add', exact: true }).click()
    await annPage.getByText('Nobody here has this user name.').waitFor()
    for (const username of ['ben', 'cem']) {
      await annPage.getByLabel('Add somebody').fill(username)
      await annPage.getByRole('button', { name: 'Add', exact: true }).click()
      await memberRow(annPage, username).waitFor()
    }
    expect(await axeFaults(annPage), 'the list of members').toEqual([])

    // It appears in the others' lists by itself, and opens.
    await listed(benPage, 'skunkworks').click()
    await listed(cemPage, 'skunkworks').click()
    await send(benPage, 'nobody else hears this')
    await message(cemPage, 'nobody else hears this').waitFor()

    // A moderator may remove; a member sees no such thing.
    await cemPage.getByRole('link', { name: /members/ }).click()
    await memberRow(cemPage, 'ben').waitFor()
    expect(await cemPage.getByRole('button', { name: /^Remove from/, includeHidden: true }).count()).toBe(0)
    await menuOf(annPage, 'cem').click()
    await annPage.getByRole('button', { name: 'Make moderator' }).click()
    await memberRow(annPage, 'cem').getByText('Moderator').waitFor()
    await menuOf(cemPage, 'ben').click()
    await cemPage.getByRole('button', { name: /^Remove from/ }).click()
    await memberRow(annPage, 'ben').waitFor({ state: 'detached' })

    // The one who is out is told, kindly, and the channel leaves the list.
    await benPage.getByRole('heading', { name: /no longer in skunkworks/ }).waitFor()
    expect(await axeFaults(benPage), 'out of the channel').toEqual([])
    await expect.poll(() => listed(benPage, 'skunkworks').count()).toBe(0)
    expect(await benPage.content()).not.toContain('nobody else hears this')
    await send(annPage, 'now that ben is out')
    await message(cemPage, 'now that ben is out').waitFor()
    const path = new URL(annPage.url()).pathname
    await benPage.goto(server.url + path)
    await benPage.getByRole('heading', { name: 'There is no such channel' }).waitFor()

    // Leaving: the moderator goes, the last owner cannot while somebody is in.
    await cemPage.getByRole('button', { name: 'Leave # skunkworks' }).click()
    await cemPage.waitForURL(/\/chat\/[0-9a-f-]{36}$/)
    await expect.poll(() => listed(cemPage, 'skunkworks').count()).toBe(0)
    expect(faults).toEqual([])
  })

  test('goes on without script: add somebody, remove them', async () => {
    const created = await rest(server.url, 'POST', '/api/channels', {
      token: ann.token,
      body: { type: 'private', name: 'plain forms' },
    })
    await using window = await newWindow(browser, { javaScriptEnabled: false })
    await signIn(window, server.url, ann)
    const page = await window.newPage()
    await page.goto(`${server.url}/chat/${created.body.id}?members=1`)
    await page.getByLabel('Add somebody').fill('ben')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await memberRow(page, 'ben').waitFor()
    await menuOf(page, 'ben').click()
    await page.getByRole('button', { name: /^Remove from/ }).click()
    await memberRow(page, 'ben').waitFor({ state: 'detached' })
    expect((await rest(server.url, 'GET', `/api/channels/${created.body.id}`, { token: ben.token })).status).toBe(404)
  })
})

describe('public channels', () => {
  test('are found and joined on the page of channels, on a phone too', async () => {
    const channelId = await newChannel(server.url, ann.token, 'gardening')
    await using window = await windowOf(browser, server.url, cem, { viewport: PHONE })
    const page = await openPage(window)
    await page.goto(`${server.url}/chat/channels`)
    expect(await listed(page, 'gardening').count()).toBe(0)
    expect(await axeFaults(page), 'channels to join').toEqual([])
    await page.getByLabel('Find a channel').fill('gard')
    await page.getByRole('button', { name: 'Join # gardening' }).click()
    await page.waitForURL(`${server.url}/chat/${channelId}`)
    await composer(page).waitFor()
    expect(await page.getByRole('button', { name: 'Join' }).count()).toBe(0)
    await page.getByRole('link', { name: 'All channels' }).click()
    await listed(page, 'gardening').waitFor()
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width)
  })
})
