/** Writing: emoji and people by name, formats, drafts; and the address of a message. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, newWindow } from './browser.ts'
import { composer, message, openChat, openPage, settled, signIn, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let ann: Person
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launchBrowser()])
  ann = await newPerson(server.url, 'ann')
  await newPerson(server.url, 'benjamin')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

describe('the composer', () => {
  test('completes emoji and people, by key and by press, and leaves code alone', async () => {
    const channelId = await newChannel(server.url, ann.token, 'writing')
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    const { keyboard } = page
    const suggestions = page.getByRole('listbox', { name: 'Suggestions' })
    await composer(page).focus()
    await keyboard.type('hello @ben')
    await suggestions.getByRole('option', { name: '@benjamin' }).waitFor()
    expect(await axeFaults(page)).toEqual([])
    await keyboard.press('Tab')
    await expect.poll(() => composer(page).inputValue()).toBe('hello @benjamin ')
    await keyboard.type(':rocke')
    await suggestions.getByRole('option', { name: ':rocket:' }).click()
    await keyboard.type('and :tada:')
    await expect.poll(() => composer(page).inputValue()).toBe('hello @benjamin 🚀 and 🎉')
    // Escape closes the list, and nothing else.
    await keyboard.type(' @be')
    await suggestions.waitFor()
    await keyboard.press('Escape')
    await expect.poll(() => suggestions.count()).toBe(0)
    await keyboard.type(' `:rocke')
    expect(await suggestions.count()).toBe(0)
    await keyboard.type('`')
    await keyboard.press('Enter')
    await message(page, 'hello').locator('.mention', { hasText: '@benjamin' }).waitFor()
    await message(page, 'hello').and(page.locator('[data-state=stored]')).waitFor()
    const stored = await rest(server.url, 'GET', `/api/channels/${channelId}/messages`, { token: ann.token })
    expect(stored.body.items[0].content).toBe('hello @benjamin 🚀 and 🎉 @be `:rocke`')
  })

  test('formats what is selected, shows how it will look, and inserts what is picked', async () => {
    const channelId = await newChannel(server.url, ann.token, 'formats')
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    await composer(page).fill('very bold')
    await composer(page).evaluate((field: { setSelectionRange(from: number, to: number): void }) =>
      field.setSelectionRange(5, 9),
    )
    await page.keyboard.press('Control+b')
    expect(await composer(page).inputValue()).toBe('very **bold**')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByRole('region', { name: 'Preview' }).locator('strong', { hasText: 'bold' }).waitFor()
    await page.keyboard.press('Control+z')
    await composer(page).press('End')
    await page.getByRole('button', { name: 'Emoji' }).click()
    await page.getByRole('searchbox', { name: 'Search emoji' }).fill('eyes')
    await page.keyboard.press('Enter')
    await expect.poll(() => composer(page).inputValue()).toMatch(/👀$/)
  })

  test('an edit that was begun is there again after a reload', async () => {
    const channelId = await newChannel(server.url, ann.token, 'begun')
    await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
      token: ann.token,
      body: { content: 'one' },
    })
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    await composer(page).press('ArrowUp')
    const editor = page.getByRole('textbox', { name: 'Edit the message' })
    await editor.fill('one and a half')
    await page.reload()
    await settled(page)
    await composer(page).press('ArrowUp')
    await expect.poll(() => editor.inputValue()).toBe('one and a half')
    await editor.press('Escape')
    await composer(page).press('ArrowUp')
    await expect.poll(() => editor.inputValue()).toBe('one')
  })

  test('a reply is sent without script', async () => {
    const channelId = await newChannel(server.url, ann.token, 'plain replies')
    const path = `/api/channels/${channelId}/messages`
    const root = await rest(server.url, 'POST', path, { token: ann.token, body: { content: 'the root' } })
    await rest(server.url, 'POST', path, { token: ann.token, body: { content: 'first', thread_id: root.body.id } })
    await using window = await newWindow(browser, { javaScriptEnabled: false })
    await signIn(window, server.url, ann)
    const page = await window.newPage()
    await page.goto(`${server.url}/chat/${channelId}`)
    await page.getByRole('link', { name: '1 reply' }).click()
    await page.getByRole('textbox', { name: 'Reply' }).fill('second')
    await page.getByRole('button', { name: 'Reply', exact: true }).click()
    await page.getByRole('region', { name: 'Thread' }).getByText('second').waitFor()
    const thread = await rest(server.url, 'GET', `${path}/${root.body.id}/thread`, { token: ann.token })
    expect(thread.body.items.map((each: { content: string }) => each.content)).toEqual(['first', 'second'])
  })
})

describe('the address of a message', () => {
  test('opens its channel at it, however long ago it was, and a reply in its thread', async () => {
    const channelId = await newChannel(server.url, ann.token, 'addresses')
    const path = `/api/channels/${channelId}/messages`
    const ids: string[] = []
    const writers: Person[] = []
    for (let index = 1; index <= 200; index++) {
      // Several people, so that nobody goes too fast.
      if (index % 45 === 1) writers.push(await newPerson(server.url, `author-${index}`))
      const token = writers.at(-1)?.token ?? ''
      ids.push((await rest(server.url, 'POST', path, { token, body: { content: `line ${index}.` } })).body.id)
    }
    const reply = await rest(server.url, 'POST', path, {
      token: ann.token,
      body: { content: 'an answer', thread_id: ids[10] },
    })
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    const at = message(page, 'line 50.')
    await openChat(page, `${channelId}?message=${ids[49]}`)
    await at.waitFor()
    await expect.poll(() => inSight(page, 'line 50.')).toBe(true)
    await message(page, 'line 49.').waitFor()
    await page.getByRole('link', { name: 'To the newest messages' }).click()
    await message(page, 'line 200.').waitFor()

    await page.goto(`${server.url}/chat/${channelId}?message=${reply.body.id}`)
    await page.getByRole('region', { name: 'Thread' }).getByText('an answer').waitFor()
    const wrong = await page.goto(`${server.url}/chat/${channelId}?message=${channelId}`)
    expect(wrong?.status()).toBe(404)
  })

  test('is quoted to those who may read it, and what is saved is found again', async () => {
    const channelId = await newChannel(server.url, ann.token, 'quotes')
    const path = `/api/channels/${channelId}/messages`
    const said = await rest(server.url, 'POST', path, { token: ann.token, body: { content: 'words to be quoted' } })
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    await composer(page).fill(`see ${server.url}/m/${said.body.id}`)
    await composer(page).press('Enter')
    await message(page, 'see ').getByRole('blockquote').getByText('words to be quoted').waitFor()

    await message(page, 'see ').focus()
    await page.keyboard.press('m')
    await page.getByRole('menuitem', { name: 'Save' }).click()
    await page.getByText('Saved', { exact: true }).waitFor()
    await page.goto(`${server.url}/chat/saved`)
    const saved = page.getByRole('article', { name: 'ann in # quotes' })
    expect(await axeFaults(page)).toEqual([])
    await saved.getByRole('link', { name: 'Go to the message' }).click()
    await message(page, 'see ').waitFor()
    await page.goto(`${server.url}/chat/saved`)
    await saved.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Nothing is saved.').waitFor()
  })
})

/** Whether it stands within the list's frame. */
async function inSight(page: Page, text: string): Promise<boolean> {
  const [box, frame] = await Promise.all([
    message(page, text).boundingBox(),
    page.getByTestId('message-scroller').boundingBox(),
  ])
  return box !== null && frame !== null && box.y >= frame.y && box.y + box.height <= frame.y + frame.height
}
