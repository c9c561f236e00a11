/** What a page shows when there is little room, little motion, or nothing to show yet. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser } from './browser.ts'
import { composer, message, openChat, openPage, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let ann: Person
let channelId: string
let rootId: string
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launchBrowser()])
  ann = await newPerson(server.url, 'ann')
  channelId = await newChannel(server.url, ann.token, 'narrow')
  rootId = await say('a root with a `piece_of_code_that_is_long_and_has_no_break_anywhere_in_it`')
  await say('a reply', rootId)
  await rest(server.url, 'PUT', `/api/channels/${channelId}/messages/${rootId}/pin`, { token: ann.token })
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function say(content: string, threadId?: string): Promise<string> {
  const body = { content, ...(threadId === undefined ? {} : { thread_id: threadId }) }
  const path = `/api/channels/${channelId}/messages`
  return (await rest(server.url, 'POST', path, { token: ann.token, body })).body.id
}

/** Fails when something is wider than the window. */
async function fits(page: Page, what: string): Promise<void> {
  const width = page.viewportSize()?.width ?? 0
  expect(await page.evaluate<number>('document.documentElement.scrollWidth'), what).toBeLessThanOrEqual(width)
  const wide = await page.evaluate<string[]>(`
    [...document.querySelectorAll('dialog[open], :popover-open, main, .side, form.composer, form.editor')]
      .filter((each) => each.checkVisibility({ visibilityProperty: true }))
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 || each.getBoundingClientRect().left < -1)
      .map((each) => each.className || each.tagName)`)
  expect(wide, what).toEqual([])
}

describe('little room', () => {
  test.for([
    ['a window of 320 px', { width: 320, height: 640 }],
    ['a desk at 200 %', { width: 640, height: 400 }],
  ] as const)('%s has room for all that one does with messages', async ([, viewport]) => {
    await using window = await windowOf(browser, server.url, ann, { viewport })
    const page = await openPage(window)
    await openChat(page, channelId)
    const { keyboard } = page
    await fits(page, 'the channel')
    const root = message(page, 'a root')
    await root.focus()
    await keyboard.press('m')
    await page.getByRole('menu').waitFor()
    await fits(page, 'the menu')
    await page.getByRole('menuitem', { name: 'Delete' }).scrollIntoViewIfNeeded()
    await keyboard.press('Escape')
    await root.focus()
    await keyboard.press('+')
    await page.getByRole('searchbox').waitFor()
    await fits(page, 'the picker')
    await keyboard.press('Escape')
    await root.focus()
    await keyboard.press('e')
    await page.getByRole('textbox', { name: 'Edit the message' }).waitFor()
    await fits(page, 'the editor')
    await keyboard.press('Escape')
    await keyboard.press('Delete')
    await page.getByRole('dialog').waitFor()
    await fits(page, 'the question')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await fits(page, 'the shortcuts')
    await keyboard.press('Escape')
    await composer(page).fill('@an')
    await composer(page).press('End')
    await keyboard.type('n')
    await page.getByRole('listbox', { name: 'Suggestions' }).waitFor()
    await fits(page, 'the suggestions')
    await composer(page).fill('')
    for (const query of [`thread=${rootId}`, 'pins=open']) {
      await page.goto(`${server.url}/chat/${channelId}?${query}`)
      await page.locator('.side').waitFor()
      await fits(page, query)
      expect(await axeFaults(page), query).toEqual([])
    }
  })
})

test('who wants less motion gets none', async () => {
  await using window = await windowOf(browser, server.url, ann, { reducedMotion: 'reduce' })
  const page = await openPage(window)
  await openChat(page, channelId)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').waitFor()
  const moving = await page.evaluate<string[]>(`
    [...document.querySelectorAll('*')].flatMap((each) => {
      const { transitionDuration, animationDuration, animationName } = getComputedStyle(each)
      const longest = (text) => Math.max(...text.split(',').map((part) => Number.parseFloat(part)))
      const animated = animationName !== 'none' && longest(animationDuration) > 0.001
      return longest(transitionDuration) > 0.001 || animated ? [each.className || each.tagName] : []
    })`)
  expect(moving).toEqual([])
})

describe('nothing to show yet', () => {
  test('an empty channel says so, and so does its list of pins', async () => {
    const empty = await newChannel(server.url, ann.token, 'empty')
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, `${empty}?pins=open`)
    await page.getByText('Nothing has been said in # empty yet.').waitFor()
    await page.getByText('Nothing is pinned here.').waitFor()
    expect(await axeFaults(page)).toEqual([])
  })

  test('a channel that takes its time is announced, and gives way to what it loads', async () => {
    const slow = await newChannel(server.url, ann.token, 'slow')
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    const { promise: asked, resolve: answer } = Promise.withResolvers<void>()
    await page.route(`**/chat/${slow}/__data.json*`, async (route) => {
      await asked
      await route.continue()
    })
    await page.getByRole('link', { name: 'slow' }).first().click()
    await page.getByRole('status', { name: 'Loading the channel' }).waitFor()
    answer()
    await page.getByRole('heading', { name: '# slow' }).waitFor()
    await expect.poll(() => page.getByRole('status', { name: 'Loading the channel' }).count()).toBe(0)
  })

  test('older messages that do not load say so, and load when asked again', async () => {
    const path = `/api/channels/${await newChannel(server.url, ann.token, 'old')}/messages`
    const writers = await Promise.all([1, 2, 3].map((index) => newPerson(server.url, `writer-${index}`)))
    for (let index = 1; index <= 120; index++) {
      const token = writers[index % 3]?.token ?? ''
      await rest(server.url, 'POST', path, { token, body: { content: `line ${index}.` } })
    }
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    let broken = true
    await page.route('**/api/channels/*/messages?*', (route) => (broken ? route.abort() : route.continue()))
    await openChat(page, path.split('/')[3] ?? '')
    await page
      .getByTestId('message-scroller')
      .evaluate((element: { scrollTo(x: number, y: number): void }) => element.scrollTo(0, 0))
    const problem = page.getByTestId('message-scroller').getByText('cannot be reached')
    await problem.waitFor()
    expect(await axeFaults(page)).toEqual([])
    broken = false
    await problem.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => problem.count()).toBe(0)
  })

  test('a channel that is not there leads back, and the list stays', async () => {
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    const answer = await page.goto(`${server.url}/chat/${rootId}`)
    expect(answer?.status()).toBe(404)
    expect(await axeFaults(page)).toEqual([])
    await page.getByRole('link', { name: 'narrow' }).waitFor()
    await page.getByRole('link', { name: 'To the Lobby' }).click()
    await composer(page).waitFor()
  })
})
