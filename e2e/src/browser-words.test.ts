/** The words that hold a message, as administrators and moderators set them: with script and without. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { openPage, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

const KEEPER = { username: 'keeper', email: 'keeper@example.test', password: 'keeper has a long password' }

let server: Server
let browser: Browser
let mia: Person
let ann: Person
let channelId: string
beforeAll(async () => {
  const settings = {
    GLASSHOUSE_ADMIN_USERNAME: KEEPER.username,
    GLASSHOUSE_ADMIN_EMAIL: KEEPER.email,
    GLASSHOUSE_ADMIN_PASSWORD: KEEPER.password,
  }
  ;[server, browser] = await Promise.all([startServer({ settings }), launchBrowser()])
  mia = await newPerson(server.url, 'mia')
  ann = await newPerson(server.url, 'ann')
  channelId = await newChannel(server.url, mia.token, 'market')
  const { token } = mia
  await rest(server.url, 'PATCH', `/api/channels/${channelId}`, { token, body: { moderation: 'on' } })
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const field = (page: Page) => page.getByLabel('Words, one to a line')
const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click()
const statusOf = async (content: string): Promise<number> =>
  (await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, { token: ann.token, body: { content } }))
    .status

describe('word lists', () => {
  test('a moderator sets those of a channel, from its settings; they hold the next message', async () => {
    const faults: string[] = []
    await using window = await windowOf(browser, server.url, mia)
    const page = await openPage(window, faults)
    await page.goto(`${server.url}/chat/${channelId}?settings=1`)
    await page.getByRole('link', { name: 'Words that make a message wait here' }).click()
    await page.getByRole('heading', { name: 'Words of # market' }).waitFor()
    await field(page).fill('offer\nbuy now\n\nOFFER\noffer')
    await save(page)
    await page.getByRole('status').getByText('Saved: 2 words.').waitFor()
    await page.getByText('Kept once, since it was there already: “offer”, “OFFER”.').waitFor()
    expect(await field(page).inputValue()).toBe('offer\nbuy now')
    expect(await axeFaults(page)).toEqual([])
    expect(await statusOf('an Offer')).toBe(202)
    expect(await statusOf('an offering')).toBe(201)

    // What another moderator has added meanwhile stays.
    const words = { token: mia.token, body: { words: ['offer', 'buy now', 'casino'] } }
    await rest(server.url, 'PUT', `/api/channels/${channelId}/words`, words)
    await field(page).fill('offer\nlottery')
    await save(page)
    await page.getByText('Saved: 3 words.').waitFor()
    expect((await field(page).inputValue()).split('\n').toSorted()).toEqual(['casino', 'lottery', 'offer'])
    await page.reload()
    expect((await field(page).inputValue()).split('\n').toSorted()).toEqual(['casino', 'lottery', 'offer'])
    await page.goto(`${server.url}/chat/moderation?channel=${channelId}`)
    await page.getByRole('link', { name: 'Words of # market' }).waitFor()
    expect(await page.getByRole('link', { name: 'Words of the house' }).count()).toBe(0)
    expect(faults).toEqual([])
  })

  test('an administrator sets those of the house, without script; what is wrong is said, and nothing typed is lost', async () => {
    await using window = await windowOf(
      browser,
      server.url,
      { ...mia, ...KEEPER },
      { viewport: PHONE, javaScriptEnabled: false },
    )
    const page = await openPage(window)
    await page.goto(`${server.url}/chat/moderation`)
    await page.getByRole('link', { name: 'Words of the house' }).click()
    const long = 'x'.repeat(51)
    await field(page).fill(`pills\n${long}\n?!`)
    await save(page)
    await page
      .getByRole('alert')
      .getByText(/Longer than 50 characters: .* Without a letter or a digit: “\?!”\./)
      .waitFor()
    expect(await field(page).inputValue()).toBe(`pills\n${long}\n?!`)
    expect(await statusOf('pills')).toBe(201)
    await field(page).fill(Array.from({ length: 501 }, (_, n) => `word${n}`).join('\n'))
    await save(page)
    await page.getByText('These are 501 words: at most 500 are kept.').waitFor()
    await field(page).fill('pills')
    await save(page)
    await page.getByText('Saved: one word.').waitFor()
    expect(await field(page).inputValue()).toBe('pills')
    expect(await statusOf('pills')).toBe(202)
  })

  test('they are shown to nobody else', async () => {
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    for (const query of ['', `?channel=${channelId}`]) {
      expect((await page.goto(`${server.url}/chat/moderation/words${query}`))?.status()).toBe(403)
      expect(await page.content()).not.toMatch(/pills|lottery/)
    }
    const hidden = (
      await rest(server.url, 'POST', '/api/channels', { token: mia.token, body: { type: 'private', name: 'hidden' } })
    ).body.id
    expect((await page.goto(`${server.url}/chat/moderation/words?channel=${hidden}`))?.status()).toBe(404)
    expect((await page.goto(`${server.url}/chat/moderation/words?channel=x`))?.status()).toBe(404)
  })
})
