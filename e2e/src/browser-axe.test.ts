/** Axe finds nothing serious: on any page, in any state that matters, in both themes, on a desk and on a phone. */
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, newWindow, PHONE } from './browser.ts'
import { composer, isLive, message, openChat, openPage, send, windowOf } from './chat-page.ts'
import { startCuttableProxy } from './cuttable-proxy.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let person: Person
let other: Person
let channelId: string
let emptyId: string
let strictId: string
let archivedId: string
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer({ settings: { LOBBY_ACCESS: 'read' } }), launchBrowser()])
  person = await newPerson(server.url, 'reader')
  other = await newPerson(server.url, 'writer')
  channelId = await newChannel(server.url, person.token, 'platform')
  emptyId = await newChannel(server.url, person.token, 'empty')
  strictId = await newChannel(server.url, person.token, 'strict')
  archivedId = await newChannel(server.url, person.token, 'archived')
  await as(person, 'DELETE', `channels/${archivedId}`)
  await as(person, 'PATCH', `channels/${strictId}`, { moderation: 'on' })
  await as(other, 'PUT', `channels/${channelId}/members/me`)
  const root = await say('Everything: **bold**, `code`, [a link](https://example.test), @reader, @somebody\n> quoted')
  await say('```ts\n// why\nconst a: number = f("b", 1, true)\nclass C extends D {}\n```')
  await say('| a | b |\n|---|---|\n| 1 | 2 |')
  await say('a reply', { thread_id: root })
  await say('another reply', { thread_id: root }, other)
  const said = await say('as it was')
  const path = `channels/${channelId}/messages/${said}`
  await as(person, 'PATCH', path, { content: 'as it is' })
  await as(other, 'PUT', `${path}/reactions/${encodeURIComponent('🎉')}`)
  await as(person, 'PUT', `${path}/pin`)
  await as(person, 'PUT', `${path}/save`)
  await as(person, 'PUT', `${path}/reminder`, { remind_at: inAnHour() })
  const poll = { question: 'Which day?', options: ['Monday', 'Friday'], multiple: true }
  const asked = await say('Which day?', { poll })
  await as(other, 'PUT', `channels/${channelId}/messages/${asked}/poll/votes`, { options: [1] })
  await as(person, 'POST', `channels/${channelId}/scheduled`, { content: 'good morning', send_at: inAnHour() })
  await as(person, 'PUT', `channels/${emptyId}/draft`, { content: 'half a thought' })
  await as(other, 'POST', `channels/${strictId}/messages`, { content: 'see https://example.test/offer' })
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function as(who: Person, method: string, path: string, body?: object): Promise<{ id: string }> {
  const answer = await rest(server.url, method, `/api/${path}`, {
    token: who.token,
    ...(body === undefined ? {} : { body }),
  })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
const say = async (content: string, more: object = {}, who = person): Promise<string> =>
  (await as(who, 'POST', `channels/${channelId}/messages`, { content, ...more })).id
const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString()

/** Each theme and each width once: what differs in both is what the tokens and the one layout for phones say. */
const looks = [
  { colorScheme: 'light', screen: 'desk', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', screen: 'phone', viewport: PHONE },
] as const

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
    for (const path of ['/', '/protected', '/status', '/sign-out']) {
      await page.goto(path)
      expect(await axeFaults(page), path).toEqual([])
    }
    const parts = ['channels', 'new', 'people', 'people?q=nobody-is-called-so', 'saved', 'scheduled', 'reminders']
    const channel = [channelId, emptyId, strictId, archivedId, `${channelId}?before=6`]
    const panels = ['members=1', 'settings=1', 'pins=open'].map((query) => `${channelId}?${query}`)
    const later = [`scheduled?channel=${channelId}`, 'threads', 'moderation', `moderation?channel=${channelId}`]
    for (const path of [...parts, ...later, ...channel, ...panels]) {
      await openChat(page, path)
      expect(await axeFaults(page), path).toEqual([])
    }
    // Without a message, a thread, or anything to decide.
    await using nobody = await windowOf(browser, server.url, other, look)
    const bare = await openPage(nobody)
    for (const path of ['saved', 'scheduled', 'reminders', 'moderation', person.id]) {
      await bare.goto(`/chat/${path}`)
      expect(await axeFaults(bare), `${path}, empty`).toEqual([])
    }
  })

  test('a channel, its thread, and what opens over it', async () => {
    await using window = await windowOf(browser, server.url, person, look)
    const page = await openPage(window)
    await openChat(page, channelId)
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
    await page.getByRole('link', { name: '2 replies' }).click()
    await page.getByRole('region', { name: 'Thread' }).waitFor()
    expect(await axeFaults(page), 'a thread').toEqual([])
  })

  test('what opens for a message', async () => {
    await using window = await windowOf(browser, server.url, person, look)
    const page = await openPage(window)
    await openChat(page, channelId)
    const { keyboard } = page
    const over = async (key: string, opened: Locator, what: string): Promise<void> => {
      await message(page, 'as it is').focus()
      await keyboard.press(key)
      await opened.waitFor()
      expect(await axeFaults(page), what).toEqual([])
    }
    const fromMenu = async (item: string, opened: Locator): Promise<void> => {
      await over('m', page.getByRole('menu'), 'the menu')
      await page.getByRole('menuitem', { name: item, exact: true }).click()
      await opened.waitFor()
      expect(await axeFaults(page), item).toEqual([])
      await keyboard.press('Escape')
      await expect.poll(() => opened.count()).toBe(0)
    }
    await fromMenu('Remind me', page.getByRole('dialog', { name: 'Remind me of this message' }))
    await fromMenu('What it said before', page.getByRole('dialog').getByText('as it was'))
    await fromMenu('Delete', page.getByRole('dialog'))
    await fromMenu('Edit', page.getByRole('textbox', { name: 'Edit the message' }))
    await over('+', page.getByRole('searchbox', { name: 'Search emoji' }), 'the picker')
    await keyboard.type('no such emoji')
    await page.getByText('No emoji is called that.').waitFor()
    expect(await axeFaults(page), 'no emoji').toEqual([])
  })

  test('what opens for the channel and the composer', async () => {
    await using window = await windowOf(browser, server.url, person, look)
    const page = await openPage(window)
    await openChat(page, channelId)
    const { keyboard } = page
    const shown = async (opened: Locator, what: string): Promise<void> => {
      await opened.waitFor()
      expect(await axeFaults(page), what).toEqual([])
      await keyboard.press('Escape')
    }
    await page.getByRole('button', { name: 'The channel in your list' }).click()
    await page.getByRole('menuitem', { name: /Move to a section/ }).waitFor()
    expect(await axeFaults(page), 'the menu of the channel').toEqual([])
    await page.getByRole('menuitem', { name: /Move to a section/ }).click()
    await shown(page.getByRole('dialog', { name: 'Move to a section' }), 'the section')
    await page.getByRole('button', { name: 'Poll' }).click()
    await shown(page.getByRole('dialog', { name: 'Ask the channel' }), 'a poll')
    await page.getByRole('button', { name: 'Emoji', exact: true }).click()
    await shown(page.getByRole('searchbox', { name: 'Search emoji' }), 'the picker of the composer')
    await composer(page).fill('for **later**')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByRole('region', { name: 'Preview' }).waitFor()
    expect(await axeFaults(page), 'the preview').toEqual([])
    await page.getByRole('link', { name: 'Send later' }).click()
    await shown(page.getByRole('dialog', { name: 'Send later' }), 'a time')
    await composer(page).fill('')
    await composer(page).pressSequentially('@writ')
    await shown(page.getByRole('listbox', { name: 'Suggestions' }), 'people by name')
    await composer(page).fill('')
    await composer(page).pressSequentially(':smile')
    await shown(page.getByRole('listbox', { name: 'Suggestions' }), 'emoji by name')
    await composer(page).fill('')
    await openChat(page, `${channelId}?members=1`)
    await page.getByRole('button', { name: 'What to do with writer' }).click()
    await shown(page.getByRole('button', { name: 'Message writer' }), 'the menu of a member')
  })

  test('a message that is held, and what is new', async () => {
    await using theirs = await windowOf(browser, server.url, other, look)
    const held = await openPage(theirs)
    await openChat(held, strictId)
    await message(held, 'offer').getByText('Waits for a moderator.').waitFor()
    expect(await axeFaults(held), 'a held message').toEqual([])
    const busyId = await newChannel(server.url, other.token, `busy-${screen}`)
    await as(person, 'PUT', `channels/${busyId}/members/me`)
    for (let line = 1; line <= 30; line++) {
      await as(other, 'POST', `channels/${busyId}/messages`, { content: `line ${line}` })
    }
    await using window = await windowOf(browser, server.url, person, {
      ...look,
      viewport: { ...viewport, height: 500 },
    })
    const page = await openPage(window)
    await openChat(page, busyId)
    await page.getByTestId('unread-bar').waitFor()
    expect(await axeFaults(page), 'the bar of what is new').toEqual([])
  })

  test('a channel that is cut off, with a message that waits', async () => {
    await using wire = await startCuttableProxy(server.url)
    await using window = await windowOf(browser, wire.url, person, look)
    const page = await openPage(window)
    await openChat(page, channelId)
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
