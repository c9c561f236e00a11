/** What people do with messages, in windows that look at the same time: by pointer, by finger, by keyboard. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { composer, isLive, message, openChat, openPage, send, settled, windowOf } from './chat-page.ts'
import { startCuttableProxy } from './cuttable-proxy.ts'
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

/** Opens the menu of a message by its button. */
async function menu(page: Page, text: string): Promise<Locator> {
  await message(page, text).hover()
  await message(page, text).getByRole('button', { name: 'More' }).click()
  return page.getByRole('menu')
}

const choose = async (page: Page, text: string, item: string): Promise<void> =>
  (await menu(page, text)).getByRole('menuitem', { name: item, exact: true }).click()

describe('with a message', () => {
  test('two people edit, react, pin and delete; each sees what the other does, and a reload shows the same', async () => {
    const channelId = await newChannel(server.url, ann.token, 'menu')
    const faults: string[] = []
    await using annWindow = await windowOf(browser, server.url, ann)
    await using benWindow = await windowOf(browser, server.url, ben)
    const [left, right] = [await openPage(annWindow, faults), await openPage(benWindow, faults)]
    await Promise.all([openChat(left, channelId), openChat(right, channelId)])
    await send(right, 'We meet on tuesday')
    await send(right, 'Second thought')
    await message(left, 'Second thought').waitFor()

    // Edited by its author, from the menu.
    await choose(right, 'tuesday', 'Edit')
    const editor = right.getByRole('textbox', { name: 'Edit the message' })
    await expect.poll(() => editor.inputValue()).toBe('We meet on tuesday')
    await editor.fill('We meet on wednesday')
    await editor.press('Enter')
    await message(left, 'wednesday').getByText('edited').waitFor()

    // Ann made the channel: she reads what it said, and may delete it, but not edit it.
    expect(await (await menu(left, 'wednesday')).getByRole('menuitem', { name: 'Edit' }).count()).toBe(0)
    await left.getByRole('menuitem', { name: 'What it said before' }).click()
    await left.getByRole('dialog').getByText('We meet on tuesday').waitFor()
    await left.keyboard.press('Escape')

    // A reaction, found by name; the other one joins it with one press.
    await message(left, 'wednesday').hover()
    await message(left, 'wednesday').getByRole('button', { name: 'React' }).click()
    await left.getByRole('searchbox', { name: 'Search emoji' }).fill('tada')
    expect(await axeFaults(left), 'the picker').toEqual([])
    await left.keyboard.press('Enter')
    const reaction = message(right, 'wednesday').getByRole('button', { name: /🎉/ })
    await reaction.click()
    await message(left, 'wednesday').getByRole('button', { name: /🎉 2/ }).waitFor()
    expect(await reaction.getAttribute('aria-pressed')).toBe('true')

    // Pinned, seen in the panel of the other one, and gone from it when it is unpinned.
    await right.getByRole('link', { name: 'Pinned messages' }).click()
    await right.getByText('Nothing is pinned here.').waitFor()
    await choose(left, 'wednesday', 'Pin')
    const pins = right.getByRole('region', { name: 'Pinned messages' })
    await pins.getByText('We meet on wednesday').waitFor()
    expect(await axeFaults(right), 'the pins').toEqual([])
    await pins.getByRole('button', { name: 'Unpin' }).click()
    await pins.getByText('Nothing is pinned here.').waitFor()
    await expect.poll(() => message(left, 'wednesday').getByText('Pinned by').count()).toBe(0)

    // Deleted only after a second word.
    await choose(right, 'Second thought', 'Delete')
    const dialog = right.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await message(right, 'Second thought').waitFor()
    await choose(right, 'Second thought', 'Delete')
    expect(await axeFaults(right), 'the question').toEqual([])
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await left.getByText('This message was deleted.').waitFor()
    expect(await message(left, 'Second thought').count()).toBe(0)

    await left.reload()
    await settled(left)
    await message(left, 'wednesday').getByText('edited').waitFor()
    await message(left, 'wednesday').getByRole('button', { name: /🎉 2/ }).waitFor()
    expect(await message(left, 'Second thought').count()).toBe(0)
    expect(faults).toEqual([])
  })

  test('by keyboard alone: write, edit the last, go to a message, react, reply, delete', async () => {
    const channelId = await newChannel(server.url, ann.token, 'keys')
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    const { keyboard } = page
    await keyboard.press('c')
    await keyboard.type('first words')
    await keyboard.press('Enter')
    await message(page, 'first words').and(page.locator('[data-state=stored]')).waitFor()
    await keyboard.press('ArrowUp')
    await page.getByRole('textbox', { name: 'Edit the message' }).waitFor()
    await keyboard.type(', better')
    await keyboard.press('Enter')
    await message(page, 'first words, better').getByText('edited').waitFor()

    // The focus is on the message, from which one goes on.
    await expect.poll(() => message(page, 'better').evaluate((node) => node.matches(':focus'))).toBe(true)
    await keyboard.press('+')
    await page.getByRole('searchbox', { name: 'Search emoji' }).waitFor()
    await keyboard.type('rocket')
    await keyboard.press('Enter')
    await message(page, 'better').getByRole('button', { name: /🚀 1/ }).waitFor()
    await expect.poll(() => message(page, 'better').evaluate((node) => node.matches(':focus'))).toBe(true)
    await keyboard.press('m')
    await page.getByRole('menuitem', { name: 'React' }).and(page.locator(':focus')).waitFor()
    await keyboard.press('ArrowDown')
    await page.getByRole('menuitem', { name: 'Reply in a thread' }).and(page.locator(':focus')).waitFor()
    await keyboard.press('Escape')
    await keyboard.press('r')
    await page.getByRole('textbox', { name: 'Reply' }).and(page.locator(':focus')).waitFor()
    await keyboard.type('a reply')
    await keyboard.press('Enter')
    await page.getByRole('region', { name: 'Thread' }).getByText('1 reply').waitFor()
    await keyboard.press('Escape')
    await expect.poll(() => page.getByRole('region', { name: 'Thread' }).count()).toBe(0)
    await page.getByTestId('message-scroller').focus()
    await keyboard.press('ArrowUp')
    await keyboard.press('Delete')
    await page.getByRole('dialog').waitFor()
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    // It keeps its place, for the reply stays.
    await page.getByText('This message was deleted.').waitFor()
    await page.getByRole('link', { name: '1 reply' }).waitFor()
  })

  test('by finger: a long press opens the menu at the foot of a phone', async () => {
    const channelId = await newChannel(server.url, ann.token, 'finger')
    await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
      token: ann.token,
      body: { content: 'press me' },
    })
    await using window = await windowOf(browser, server.url, ann, { viewport: PHONE, hasTouch: true, isMobile: true })
    const page = await openPage(window)
    await openChat(page, channelId)
    const touch = { pointerType: 'touch', bubbles: true, clientX: 200, clientY: 400 }
    await message(page, 'press me').dispatchEvent('pointerdown', touch)
    const items = page.getByRole('menu')
    await items.waitFor()
    await message(page, 'press me').dispatchEvent('pointerup', touch)
    const box = await items.boundingBox()
    expect(Math.round((box?.y ?? 0) + (box?.height ?? 0))).toBe(PHONE.height)
    expect(await axeFaults(page)).toEqual([])
    await items.getByRole('menuitem', { name: 'Pin' }).tap()
    await message(page, 'press me').getByText('Pinned by ann').waitFor()
  })

  test('a thread is answered in two windows; the root counts in both', async () => {
    const channelId = await newChannel(server.url, ann.token, 'threads')
    await using annWindow = await windowOf(browser, server.url, ann)
    await using benWindow = await windowOf(browser, server.url, ben)
    const [left, right] = [await openPage(annWindow), await openPage(benWindow)]
    await Promise.all([openChat(left, channelId), openChat(right, channelId)])
    await send(left, 'Who takes the storm?')
    await message(right, 'Who takes').hover()
    await message(right, 'Who takes').getByRole('button', { name: 'Reply in a thread' }).click()
    const reply = right.getByRole('textbox', { name: 'Reply' })
    await reply.fill('I do')
    await reply.press('Enter')
    await message(left, 'Who takes').getByRole('link', { name: '1 reply' }).click()
    const thread = left.getByRole('region', { name: 'Thread' })
    await thread.getByText('I do').waitFor()
    await left.getByRole('textbox', { name: 'Reply' }).fill('Thank you')
    await left.getByRole('textbox', { name: 'Reply' }).press('Enter')
    await right.getByRole('region', { name: 'Thread' }).getByText('Thank you').waitFor()
    await message(right, 'Who takes').getByRole('link', { name: '2 replies' }).waitFor()
    // Replies do not stand in the channel.
    expect(await right.getByTestId('message-scroller').getByText('Thank you').count()).toBe(0)
  })
})

describe('what one has saved', () => {
  test('is told truthfully by the menu on each device, live and after a reload', async () => {
    const channelId = await newChannel(server.url, ann.token, 'keeping')
    await using desk = await windowOf(browser, server.url, ann)
    await using phone = await windowOf(browser, server.url, ann, { viewport: PHONE })
    const [left, right, list] = [await openPage(desk), await openPage(phone), await openPage(phone)]
    await Promise.all([openChat(left, channelId), openChat(right, channelId)])
    await send(left, 'worth keeping')
    await message(right, 'worth keeping').waitFor()
    await list.goto(`${server.url}/chat/saved`)
    await isLive(list)
    const shows = async (page: Page, item: string): Promise<boolean> => {
      await message(page, 'worth keeping').focus()
      await page.keyboard.press('m')
      await page.getByRole('menu').waitFor()
      const isThere = await page.getByRole('menuitem', { name: item, exact: true }).isVisible()
      await page.keyboard.press('Escape')
      return isThere
    }
    await choose(left, 'worth keeping', 'Save')
    await list.getByText('worth keeping').waitFor()
    await expect.poll(() => shows(right, 'Remove from saved')).toBe(true)
    await expect.poll(() => shows(left, 'Remove from saved')).toBe(true)
    await right.reload()
    await settled(right)
    await expect.poll(() => shows(right, 'Remove from saved')).toBe(true)
    await message(right, 'worth keeping').focus()
    await right.keyboard.press('m')
    await right.getByRole('menuitem', { name: 'Remove from saved' }).click()
    await right.getByText('Removed from saved', { exact: true }).waitFor({ state: 'attached' })
    await list.getByText('Nothing is saved.').waitFor()
    await expect.poll(() => shows(left, 'Save')).toBe(true)
  })
})

describe('when the server cannot be reached', () => {
  test('an edit is taken back with the reason, and can be tried again', async () => {
    const channelId = await newChannel(server.url, ann.token, 'tunnel')
    await using wire = await startCuttableProxy(server.url)
    await using window = await windowOf(browser, wire.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    await send(page, 'as it was')
    await message(page, 'as it was').and(page.locator('[data-state=stored]')).waitFor()
    wire.cut()
    await page.locator('[data-testid=live-state]:not([data-state=live])').waitFor()
    await composer(page).press('ArrowUp')
    const editor = page.getByRole('textbox', { name: 'Edit the message' })
    await editor.fill('as it will be')
    await editor.press('Enter')
    await message(page, 'as it was').getByRole('alert').getByText('Not changed.').waitFor()
    wire.mend()
    await isLive(page)
    await message(page, 'as it was').getByRole('button', { name: 'Try again' }).click()
    await message(page, 'as it will be').getByText('edited').waitFor()
    const path = `/api/channels/${channelId}/messages`
    // It is shown before the server has it.
    const stored = async (): Promise<string[]> => {
      const { body } = await rest(server.url, 'GET', path, { token: ann.token })
      return body.items.map((each: { content: string }) => each.content)
    }
    await expect.poll(stored).toEqual(['as it will be'])
  })
})
