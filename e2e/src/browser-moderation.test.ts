/** A held message in the windows of its author, of two moderators and of somebody else; the queue works without script too. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { isLive, message, openChat, openPage, send, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const LINK = 'see https://example.test/offer'

let server: Server
let browser: Browser
let olga: Person
let mia: Person
let ann: Person
let stan: Person
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launchBrowser()])
  olga = await newPerson(server.url, 'olga')
  mia = await newPerson(server.url, 'mia')
  ann = await newPerson(server.url, 'ann')
  stan = await newPerson(server.url, 'stan')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const item = (page: Page, text: string) => page.getByTestId('moderation-item').filter({ hasText: text })

async function room(name: string): Promise<string> {
  const channelId = await newChannel(server.url, olga.token, name)
  const path = `/api/channels/${channelId}`
  const { token } = olga
  await rest(server.url, 'PUT', `${path}/members/${mia.id}`, { token })
  await rest(server.url, 'PATCH', `${path}/members/${mia.id}`, { token, body: { role: 'moderator' } })
  return channelId
}

describe('moderation', () => {
  test('is turned on; what is held waits in sight of its author, and appears everywhere once one of two moderators approves', async () => {
    const channelId = await room('bazaar')
    await using olgaWindow = await windowOf(browser, server.url, olga)
    await using miaWindow = await windowOf(browser, server.url, mia)
    await using annWindow = await windowOf(browser, server.url, ann)
    await using stanWindow = await windowOf(browser, server.url, stan)
    const faults: string[] = []
    const settings = await openPage(olgaWindow, faults)
    await settings.goto(`${server.url}/chat/${channelId}?settings=1`)
    await settings.getByLabel(/wait for a moderator/).check()
    await settings.getByRole('button', { name: 'Save' }).click()
    await expect
      .poll(async () => (await rest(server.url, 'GET', `/api/channels/${channelId}`, olga)).body.moderation)
      .toBe('on')

    const [olgaPage, miaPage] = [await openPage(olgaWindow, faults), await openPage(miaWindow, faults)]
    for (const page of [olgaPage, miaPage]) {
      await page.goto(`${server.url}/chat/moderation`)
      await page.getByText('Nothing waits for you.').waitFor()
      await isLive(page)
    }
    const [annPage, stanPage] = [await openPage(annWindow, faults), await openPage(stanWindow, faults)]
    for (const page of [annPage, stanPage]) {
      await openChat(page, channelId)
    }
    await send(annPage, LINK)
    await message(annPage, LINK).getByText('Waits for a moderator.').waitFor()
    await item(olgaPage, 'has a link').waitFor()
    await item(miaPage, 'has a link').waitFor()
    expect(await message(stanPage, 'offer').count()).toBe(0)
    expect(await axeFaults(miaPage)).toEqual([])
    // It waits after a reload too.
    await annPage.reload()
    await message(annPage, LINK).getByText('Waits for a moderator.').waitFor()

    await item(olgaPage, LINK).getByRole('button', { name: 'Approve' }).click()
    await olgaPage.getByText('You have approved a message by ann.').waitFor()
    await item(miaPage, LINK).getByText('olga has approved this message').waitFor()
    await message(stanPage, LINK).waitFor()
    await annPage.locator('[data-testid=message][data-state=stored]').filter({ hasText: LINK }).waitFor()
    expect(await message(annPage, 'Waits for a moderator.').count()).toBe(0)

    await olgaPage.getByRole('button', { name: 'Undo' }).click()
    await item(olgaPage, LINK).waitFor()
    await expect.poll(() => message(stanPage, LINK).count()).toBe(0)
    await message(annPage, LINK).getByText('Waits for a moderator.').waitFor()
    expect(faults).toEqual([])
  })

  test('the queue works without script; a second decision names who made the first; removing takes a reason', async () => {
    const channelId = await room('quiet')
    const { token } = olga
    await rest(server.url, 'PATCH', `/api/channels/${channelId}`, { token, body: { moderation: 'on' } })
    const path = `/api/channels/${channelId}/messages`
    for (const name of ['one', 'two']) {
      await rest(server.url, 'POST', path, { token: ann.token, body: { content: `${LINK}/${name}` } })
    }
    await using window = await windowOf(browser, server.url, mia, { ...PHONE, javaScriptEnabled: false })
    const page = await openPage(window)
    await page.goto(`${server.url}/chat/moderation?channel=${channelId}`)
    const { items } = (await rest(server.url, 'GET', `/api/moderation/queue?channel_id=${channelId}`, { token })).body
    await rest(server.url, 'POST', `/api/moderation/${items[0].id}`, { token, body: { decision: 'approve' } })
    await item(page, 'offer/one').getByRole('button', { name: 'Approve' }).click()
    await page.getByText('olga has approved this message already.').waitFor()

    await item(page, 'offer/two').getByRole('button', { name: 'Remove' }).click()
    await page.getByText(/Say why/).waitFor()
    await item(page, 'offer/two').getByLabel('Reason').fill('no offers here')
    await item(page, 'offer/two').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('You have removed a message by ann.').waitFor()
    expect(await item(page, 'offer/two').count()).toBe(0)

    await using annWindow = await windowOf(browser, server.url, ann, { javaScriptEnabled: false })
    const annPage = await openPage(annWindow)
    await annPage.goto(`${server.url}/chat/${channelId}`)
    await annPage.getByText('Removed by mia: no offers here').first().waitFor()
  })
})
