/** Conversations and what a channel can be set to, as people see them in their windows at the same time. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser } from './browser.ts'
import { composer, isLive, message, openChat, openPage, send, windowOf } from './chat-page.ts'
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

const listed = (page: Page, name: RegExp) =>
  page.getByRole('navigation', { name: 'Channels' }).getByRole('link', { name })

describe('conversations', () => {
  test('two people write to each other; it appears by itself, and is the same one from both sides', async () => {
    await using annWindow = await windowOf(browser, server.url, ann)
    await using benWindow = await windowOf(browser, server.url, ben)
    const [annPage, benPage] = [await openPage(annWindow), await openPage(benWindow)]
    await openChat(benPage)
    await annPage.goto(`${server.url}/chat/people`)
    expect(await axeFaults(annPage), 'people').toEqual([])
    await annPage.getByRole('checkbox', { name: /@ben/ }).check()
    await annPage.getByRole('button', { name: 'Write', exact: true }).click()
    await annPage.getByRole('heading', { name: 'ben', exact: true }).waitFor()
    await isLive(annPage)
    await annPage.getByRole('textbox', { name: 'Message ben' }).fill('just between us')
    await annPage.keyboard.press('Enter')
    await listed(benPage, /^ann( 1 unread)?$/).click()
    await message(benPage, 'just between us').waitFor()
    await benPage.getByRole('textbox', { name: 'Message ann' }).fill('nobody else')
    await benPage.keyboard.press('Enter')
    await message(annPage, 'nobody else').waitFor()
    expect(await annPage.getByRole('link', { name: 'Settings of the channel' }).count()).toBe(0)

    // From the other side it is found, also from a list of members.
    const path = new URL(annPage.url()).pathname
    await benPage.goto(`${server.url}/chat/people?q=ann`)
    await benPage.getByRole('checkbox', { name: /@ann/ }).check()
    await benPage.getByRole('button', { name: 'Write', exact: true }).click()
    await benPage.waitForURL(server.url + path)
    expect(
      (await rest(server.url, 'GET', `/api${path.replace('/chat', '/channels')}`, { token: cem.token })).status,
    ).toBe(404)
  })

  test('three are a group, called by the others in it', async () => {
    await using annWindow = await windowOf(browser, server.url, ann)
    await using cemWindow = await windowOf(browser, server.url, cem)
    const [annPage, cemPage] = [await openPage(annWindow), await openPage(cemWindow)]
    await openChat(cemPage)
    await annPage.goto(`${server.url}/chat/people`)
    for (const name of ['ben', 'cem']) await annPage.getByRole('checkbox', { name: new RegExp(`@${name}`) }).check()
    await annPage.getByRole('button', { name: 'Begin a group' }).click()
    await annPage.getByRole('heading', { name: 'ben, cem' }).waitFor()
    await listed(cemPage, /^ann, ben$/).click()
    await cemPage.getByRole('textbox', { name: 'Message ann, ben' }).waitFor()
    expect(await cemPage.getByRole('link', { name: /^3 members/ }).count()).toBe(1)
  })
})

describe('settings of a channel', () => {
  test('a rename and a topic arrive in every window, slow mode holds, and the archive takes no message', async () => {
    const channelId = await newChannel(server.url, ann.token, 'old name')
    await rest(server.url, 'PUT', `/api/channels/${channelId}/members/me`, { token: ben.token })
    await using annWindow = await windowOf(browser, server.url, ann)
    await using benWindow = await windowOf(browser, server.url, ben)
    const [annPage, benPage] = [await openPage(annWindow), await openPage(benWindow)]
    for (const page of [annPage, benPage]) {
      await openChat(page, channelId)
    }
    expect(await benPage.getByRole('link', { name: 'Settings of the channel' }).count()).toBe(0)
    await annPage.getByRole('link', { name: 'Settings of the channel' }).click()
    expect(await axeFaults(annPage), 'settings').toEqual([])
    const settings = annPage.getByRole('region', { name: 'Settings of the channel' })
    await settings.getByLabel('Name').fill('lobby')
    await settings.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => settings.getByLabel('Name').getAttribute('aria-invalid')).toBe('true')
    await settings.getByLabel('Name').fill('new name')
    await settings.getByLabel('Topic').fill('what we do now')
    await settings.getByLabel('Slow mode').selectOption({ label: 'One message a minute' })
    await settings.getByRole('button', { name: 'Save' }).click()
    await annPage.waitForURL(`${server.url}/chat/${channelId}`)
    await benPage.getByRole('heading', { name: '# new name' }).waitFor()
    await benPage.getByText('what we do now').first().waitFor()
    await listed(benPage, /^new name$/).waitFor()
    await send(benPage, 'the one of this minute')
    await message(benPage, 'the one of this minute').waitFor()
    await send(benPage, 'one too many')
    await message(benPage, 'one too many').getByRole('button', { name: /Retry/ }).waitFor()

    await annPage.getByRole('link', { name: 'Settings of the channel' }).click()
    await annPage.getByRole('button', { name: 'Archive # new name' }).click()
    await annPage.getByText('This channel is archived').waitFor()
    await benPage.getByText('This channel is archived').waitFor()
    expect(await composer(benPage).count()).toBe(0)
    await annPage.getByRole('button', { name: 'Restore it' }).click()
    await composer(benPage).waitFor()
  })
})
