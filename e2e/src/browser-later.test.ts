/** In the browser: a message that is sent later, and a reminder; and both without script. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser } from './browser.ts'
import { composer, message, openChat, openPage, windowOf } from './chat-page.ts'
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

const as = (method: string, path: string, body?: object) =>
  rest(server.url, method, `/api/${path}`, { token: ann.token, ...(body === undefined ? {} : { body }) })
const soon = (delayMs: number): string => new Date(Date.now() + delayMs).toISOString()

describe('later', () => {
  test('a message is scheduled by keyboard, is listed, and is sent now', async () => {
    const channelId = await newChannel(server.url, ann.token, 'plans')
    await using window = await windowOf(browser, server.url, ann)
    const faults: string[] = []
    const page = await openPage(window, faults)
    await openChat(page, channelId)
    await composer(page).fill('good morning, all')
    await page.getByRole('link', { name: 'Send later' }).press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Send later' })
    await dialog.getByRole('button', { name: /^Tomorrow at 9:00/ }).waitFor()
    expect(await axeFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: /^Tomorrow at 9:00/ }).press('Enter')
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await composer(page).inputValue()).toBe('')
    await page.getByRole('link', { name: 'Scheduled for later' }).click()
    const item = page.getByRole('article', { name: 'To # plans' })
    await item.getByText('good morning, all').first().waitFor()
    const [scheduled] = (await as('GET', 'scheduled')).body.items
    // In London, where the window is.
    expect(new Date(scheduled.send_at).toISOString()).toMatch(/T0[89]:00:00/)
    expect(await axeFaults(page)).toEqual([])
    await item.getByText('Change').click()
    await item.getByLabel('Message').fill('good morning, everybody')
    await item.getByRole('button', { name: 'Save' }).click()
    await item.locator('.text', { hasText: 'everybody' }).waitFor()
    await item.getByRole('button', { name: 'Send now' }).click()
    await expect
      .poll(async () => (await as('GET', `channels/${channelId}/messages`)).body.items, { timeout: 20_000 })
      .toMatchObject([{ content: 'good morning, everybody' }])
    expect(faults).toEqual([])
  })

  test('one is reminded of a message by a quiet notice, and is done with it', async () => {
    const channelId = await newChannel(server.url, ann.token, 'promises')
    const sent = (await as('POST', `channels/${channelId}/messages`, { content: 'please answer this' })).body
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    await message(page, 'please answer').hover()
    await page.getByRole('button', { name: /^More/ }).first().click()
    await page.getByRole('menuitem', { name: 'Remind me' }).click()
    const dialog = page.getByRole('dialog', { name: 'Remind me of this message' })
    await dialog.getByRole('button', { name: /^In 20 minutes/ }).click()
    await expect.poll(async () => (await as('GET', 'reminders')).body.items).toMatchObject([{ state: 'waiting' }])
    await openChat(page, 'reminders')
    const item = page.getByRole('article').filter({ hasText: 'please answer this' })
    await item.waitFor()
    expect(await item.getByText('due', { exact: true }).count()).toBe(0)
    // Sooner than a person could choose.
    await as('PUT', `channels/${channelId}/messages/${sent.id}/reminder`, { remind_at: soon(500) })
    const notice = page.getByRole('status', { name: 'Reminders' })
    await notice.getByText('please answer this').waitFor()
    expect(await axeFaults(page)).toEqual([])
    await item.getByText('due', { exact: true }).waitFor()
    expect(await axeFaults(page)).toEqual([])
    await notice.getByRole('button', { name: 'In 20 min' }).click()
    await expect.poll(async () => (await as('GET', 'reminders')).body.items).toMatchObject([{ state: 'waiting' }])
    await expect.poll(() => notice.getByText('please answer this').count()).toBe(0)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('You have no reminders.').waitFor()
  })

  test('without script: a form schedules in the zone of the person, another one is done with a reminder', async () => {
    const channelId = await newChannel(server.url, ann.token, 'plain')
    const sent = (await as('POST', `channels/${channelId}/messages`, { content: 'for later' })).body
    await as('PUT', `channels/${channelId}/messages/${sent.id}/reminder`, { remind_at: soon(3_600_000) })
    await using window = await windowOf(browser, server.url, ann, { javaScriptEnabled: false })
    await window.addCookies([{ name: 'glasshouse_time_zone', value: 'Asia%2FTokyo', url: server.url }])
    const page = await window.newPage()
    await page.goto(`${server.url}/chat/${channelId}`)
    await page.getByRole('link', { name: 'Send later' }).click()
    await page.getByLabel('Message').fill('from a plain page')
    const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
    await page.getByLabel('When').fill(`${day}T09:30`)
    await page.getByRole('button', { name: 'Schedule' }).click()
    const item = page.getByRole('article', { name: 'To # plain' })
    await item.getByText('from a plain page').first().waitFor()
    const { items } = (await as('GET', 'scheduled')).body
    expect(items.map(({ send_at }: { send_at: string }) => send_at)).toContain(`${day}T00:30:00.000Z`)
    await item.getByRole('button', { name: 'Cancel it' }).click()
    await expect.poll(() => item.count()).toBe(0)
    await page.goto(`${server.url}/chat/reminders`)
    await page.getByRole('article').filter({ hasText: 'for later' }).getByRole('button', { name: 'Done' }).click()
    await page.getByText('You have no reminders.').waitFor()
  })

  test('a time that was typed stays while the clock goes on', async () => {
    const channelId = await newChannel(server.url, ann.token, 'slow-typist')
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await page.clock.install()
    await openChat(page, channelId)
    await composer(page).fill('at my own time')
    await page.getByRole('link', { name: 'Send later' }).press('Enter')
    const own = page.getByRole('dialog', { name: 'Send later' }).getByLabel('Another time')
    await own.waitFor()
    await own.fill('2027-03-04T05:06')
    const first = page.getByRole('dialog').locator('time').first()
    const before = await first.getAttribute('datetime')
    await page.clock.fastForward(61_000)
    // The choices have moved with the clock.
    await expect.poll(() => first.getAttribute('datetime')).not.toBe(before)
    expect(await own.inputValue()).toBe('2027-03-04T05:06')
  })

  test('what was written while it was being scheduled stays in the composer', async () => {
    const channelId = await newChannel(server.url, ann.token, 'quick-typist')
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    const asked = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    await page.route('**/api/channels/*/scheduled', async (route) => {
      asked.resolve()
      await answered.promise
      await route.continue()
    })
    await composer(page).fill('the first words')
    await page.getByRole('link', { name: 'Send later' }).press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Send later' })
    await dialog.getByRole('button', { name: /^Tomorrow at 9:00/ }).press('Enter')
    await asked.promise
    // As a draft of another device comes.
    await composer(page).evaluate((element) => {
      const field = element as unknown as EventTarget & { value: string }
      field.value = 'newer words'
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
    answered.resolve()
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await composer(page).inputValue()).toBe('newer words')
    expect((await as('GET', 'scheduled')).body.items).toMatchObject([
      expect.objectContaining({ content: 'the first words' }),
    ])
    await as('DELETE', `scheduled/${(await as('GET', 'scheduled')).body.items[0].id}`)
  })

  test('without script: what was refused is given back, and a second press makes no second message', async () => {
    const channelId = await newChannel(server.url, ann.token, 'twice')
    await using window = await windowOf(browser, server.url, ann, { javaScriptEnabled: false })
    await window.addCookies([{ name: 'glasshouse_time_zone', value: 'Asia%2FTokyo', url: server.url }])
    const page = await window.newPage()
    await page.goto(`${server.url}/chat/scheduled?channel=${channelId}`)
    const section = page.getByRole('region', { name: 'Send later' })
    await section.getByLabel('Message').fill('my long words')
    await section.getByLabel('When').fill('2001-02-03T04:05')
    await section.getByRole('button', { name: 'Schedule' }).click()
    await page.getByText('Choose a time in the future').waitFor()
    expect(await section.getByLabel('Message').inputValue()).toBe('my long words')
    expect(await section.getByLabel('When').inputValue()).toBe('2001-02-03T04:05')
    // The form is read in the zone in which it was shown.
    await window.addCookies([{ name: 'glasshouse_time_zone', value: 'Europe%2FLondon', url: server.url }])
    const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
    await section.getByLabel('When').fill(`${day}T09:30`)
    const form = page.locator('form[action*="/schedule"]')
    const action = new URL((await form.getAttribute('action')) ?? '', page.url()).href
    const fields: Record<string, string> = {}
    for (const field of await form.locator('[name]').all()) {
      fields[(await field.getAttribute('name')) ?? ''] = await field.inputValue()
    }
    const press = (filled: Record<string, string>) =>
      window.request.post(action, { form: filled, headers: { origin: server.url } })
    await Promise.all([press(fields), press(fields)])
    await press(fields)
    const kept = async () => (await as('GET', 'scheduled')).body.items.filter(isHere)
    const isHere = ({ channel_id }: { channel_id: string }): boolean => channel_id === channelId
    expect(await kept()).toMatchObject([{ content: 'my long words', send_at: `${day}T00:30:00.000Z` }])
    // Back to the form, and something else: that is another message.
    await press({ ...fields, content: 'other words' })
    expect((await kept()).map(({ content }: { content: string }) => content).toSorted()).toEqual([
      'my long words',
      'other words',
    ])
  })
})
