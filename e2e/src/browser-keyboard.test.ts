/** A working session without a mouse: from signing in to signing out, and the focus is always where one can see it. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, newWindow } from './browser.ts'
import { composer, isLive, message, openChat, openPage, settled, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

/** More presses of Tab than there are stops on any page. */
const STOPS_MAX = 80

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

const as = (person: Person, method: string, path: string, body?: object) =>
  rest(server.url, method, `/api/${path}`, { token: person.token, ...(body === undefined ? {} : { body }) })
const hasFocus = (target: Locator): Promise<boolean> => target.and(target.page().locator(':focus')).isVisible()

/** Goes on with Tab until this has the focus; each stop on the way must be one that can be seen. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const stops: string[] = []
  for (let stop = 0; stop < STOPS_MAX; stop++) {
    if (await hasFocus(target)) return
    await page.keyboard.press('Tab')
    expect(await unseenFocus(page)).toBe('')
    stops.push(await page.evaluate<string>('document.activeElement.textContent.trim().slice(0, 30)'))
  }
  throw new Error(`Tab does not lead to ${String(target)}, but to ${stops.join(' | ')}`)
}

/** What has the focus and does not show it, in sight of the page; empty when all is well. */
function unseenFocus(page: Page): Promise<string> {
  return page.evaluate<string>(`(async () => {
    // A ring that is on its way is a ring.
    await Promise.all(document.getAnimations().map((each) => each.finished.catch(() => undefined)))
    const at = document.activeElement
    if (at === null || at === document.body) return ''
    const { right, bottom, width, height } = at.getBoundingClientRect()
    const name = at.outerHTML.slice(0, 120)
    if (width === 0 || height === 0 || right <= 0 || bottom <= 0) return 'out of sight: ' + name
    const rings = [at, at.parentElement, at.parentElement.parentElement].map((each) => getComputedStyle(each))
    const shows = rings[0].outlineStyle !== 'none' || rings.some(({ boxShadow }) => /0px 0px 0px [1-9]/.test(boxShadow))
    return shows ? '' : 'no ring: ' + name
  })()`)
}

describe('by keyboard alone', () => {
  test('sign in, find the channel, write, edit, react, reply, mark unread, set a status, moderate, sign out', async () => {
    const channelId = await newChannel(server.url, ann.token, 'bazaar')
    await as(ann, 'PATCH', `channels/${channelId}`, { moderation: 'on' })
    await as(ben, 'PUT', `channels/${channelId}/members/me`)
    await as(ben, 'POST', `channels/${channelId}/messages`, { content: 'fresh fish' })
    await as(ben, 'POST', `channels/${channelId}/messages`, { content: 'see https://example.test/offer' })
    await using window = await newWindow(browser, { baseURL: server.url })
    const faults: string[] = []
    const page = await openPage(window, faults)
    const { keyboard } = page

    await page.goto('/sign-in')
    await tabTo(page, page.getByLabel('User name'))
    await keyboard.type('ann')
    await tabTo(page, page.getByLabel('Password'))
    await keyboard.type(ann.password)
    await keyboard.press('Enter')
    await page.waitForURL(/\/chat\//)
    await isLive(page)

    // The switcher takes the focus, and gives it back.
    await keyboard.press('c')
    await expect.poll(() => hasFocus(composer(page))).toBe(true)
    await keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Jump to' }).waitFor()
    await keyboard.press('Escape')
    await expect.poll(() => hasFocus(composer(page))).toBe(true)
    await keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Jump to' }).waitFor()
    await keyboard.type('baz')
    await keyboard.press('Enter')
    await page.waitForURL(`**/chat/${channelId}`)
    await settled(page)

    await keyboard.press('c')
    await keyboard.type('Good morning')
    await keyboard.press('Enter')
    await message(page, 'Good morning').and(page.locator('[data-state=stored]')).waitFor()
    await keyboard.press('ArrowUp')
    await page.getByRole('textbox', { name: 'Edit the message' }).and(page.locator(':focus')).waitFor()
    await keyboard.type(', all')
    await keyboard.press('Enter')
    await message(page, 'Good morning, all').getByText('edited').waitFor()

    // The edited message has the focus: one up is that of somebody else.
    await expect.poll(() => hasFocus(message(page, 'Good morning'))).toBe(true)
    await keyboard.press('ArrowUp')
    await expect.poll(() => hasFocus(message(page, 'fresh fish'))).toBe(true)
    await keyboard.press('+')
    await page.getByRole('searchbox', { name: 'Search emoji' }).and(page.locator(':focus')).waitFor()
    await keyboard.type('fish')
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    await message(page, 'fresh fish').getByRole('list', { name: 'Reactions' }).waitFor()
    await expect.poll(() => hasFocus(message(page, 'fresh fish'))).toBe(true)
    await keyboard.press('r')
    await page.getByRole('textbox', { name: 'Reply' }).and(page.locator(':focus')).waitFor()
    await keyboard.type('How much?')
    await keyboard.press('Enter')
    await message(page, 'fresh fish')
      .getByRole('link', { name: /^1 reply/ })
      .waitFor()
    await keyboard.press('Escape')
    await expect.poll(() => page.getByRole('region', { name: 'Thread' }).count()).toBe(0)
    await expect.poll(() => hasFocus(page.getByRole('link', { name: /^1 reply/ }))).toBe(true)

    await tabTo(page, page.getByTestId('message-scroller'))
    await keyboard.press('ArrowUp')
    await keyboard.press('ArrowUp')
    await expect.poll(() => hasFocus(message(page, 'fresh fish'))).toBe(true)
    await keyboard.press('u')
    const unread = async (): Promise<number> => {
      const { body } = await as(ann, 'GET', 'unread')
      const place = body.channels.find(({ channel_id }: { channel_id: string }) => channel_id === channelId)
      return place.unread.length
    }
    await expect.poll(unread).toBe(1)
    await keyboard.press('Escape')
    await expect.poll(unread).toBe(0)

    const account = page.getByTestId('account-menu')
    await tabTo(page, account)
    await keyboard.press('Enter')
    await tabTo(page, page.getByRole('link', { name: 'Set a status' }))
    await keyboard.press('Enter')
    await page.waitForURL('**/status')
    await tabTo(page, page.getByLabel('Status', { exact: true }))
    await keyboard.type('At the market')
    await keyboard.press('Enter')
    await page.waitForURL(/\/chat\//)
    expect((await as(ann, 'GET', 'users/me/status')).body.status.text).toBe('At the market')

    // The arrows lead through an open menu; Escape closes it, and the focus is where it was.
    await tabTo(page, account)
    await keyboard.press('Enter')
    await expect.poll(() => hasFocus(page.getByRole('button', { name: 'As the system theme' }))).toBe(true)
    await keyboard.press('End')
    await expect.poll(() => hasFocus(page.getByRole('button', { name: 'Sign out' }))).toBe(true)
    await keyboard.press('Escape')
    await expect.poll(() => hasFocus(account)).toBe(true)
    await keyboard.press('Enter')
    await tabTo(page, page.getByRole('link', { name: 'Moderation' }))
    await keyboard.press('Enter')
    await page.waitForURL('**/chat/moderation')
    const item = page.getByTestId('moderation-item').filter({ hasText: 'offer' })
    await tabTo(page, item.getByRole('button', { name: 'Approve' }))
    await keyboard.press('Enter')
    // What became of it has the focus, and the way back is the next stop.
    const notice = page.getByRole('status').filter({ hasText: 'You have approved a message by ben.' })
    await expect.poll(() => hasFocus(notice)).toBe(true)
    await keyboard.press('Tab')
    expect(await hasFocus(notice.getByRole('button', { name: 'Undo' }))).toBe(true)

    await tabTo(page, account)
    await keyboard.press('Enter')
    await tabTo(page, page.getByRole('button', { name: 'Sign out' }))
    await keyboard.press('Enter')
    await page.waitForURL((url) => !url.pathname.startsWith('/chat'))
    expect((await window.request.get('/api/auth/sessions/current')).status()).toBe(401)
    expect(faults).toEqual([])
  })

  test('every way into the page has a ring, and the sheet of shortcuts opens and closes with the focus kept', async () => {
    const channelId = await newChannel(server.url, ann.token, 'stops')
    const sent = await as(ann, 'POST', `channels/${channelId}/messages`, { content: 'a [link](https://example.test)' })
    await as(ann, 'PUT', `channels/${channelId}/messages/${sent.body.id}/reactions/${encodeURIComponent('🎉')}`)
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    for (const path of [channelId, `${channelId}?members=1`, `${channelId}?settings=1`, 'new', 'people', 'channels']) {
      await openChat(page, path)
      const seen = new Set<string>()
      for (let stop = 0; stop < STOPS_MAX; stop++) {
        await page.keyboard.press('Tab')
        expect(await unseenFocus(page), path).toBe('')
        const at = await page.evaluate<string>(
          `document.activeElement === document.body ? '' : document.activeElement.outerHTML`,
        )
        if (at === '') break
        seen.add(at)
      }
      expect(seen.size, path).toBeGreaterThan(8)
    }
    await openChat(page, channelId)
    const pins = page.getByRole('link', { name: 'Pinned messages' })
    await pins.focus()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    await expect.poll(() => hasFocus(pins)).toBe(true)
  })
})
