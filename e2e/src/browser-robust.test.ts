/** What a page goes through: cut wires, restarts, ended sessions, shared computers, odd texts, no script. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, newWindow, PHONE } from './browser.ts'
import {
  allSent,
  composer,
  isLive,
  message,
  openChat,
  openPage,
  send,
  settled,
  signIn,
  texts,
  windowOf,
} from './chat-page.ts'
import { startCuttableProxy } from './cuttable-proxy.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { dataFolder, startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let ann: Person
beforeAll(async () => {
  const settings = { CHANNEL_RATE_LIMIT: '1000/10' }
  ;[server, browser] = await Promise.all([startServer({ settings }), launchBrowser()])
  ann = await newPerson(server.url, 'ann')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function post(channelId: string, content: string, threadId?: string): Promise<string> {
  const thread = threadId === undefined ? {} : { thread_id: threadId }
  const posted = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
    token: ann.token,
    body: { content, ...thread },
  })
  expect(posted.status).toBe(201)
  return posted.body.id
}

/** All messages that the server has, oldest first. */
async function stored(channelId: string): Promise<{ content: string; username: string }[]> {
  const list = await rest(server.url, 'GET', `/api/channels/${channelId}/messages?limit=100`, { token: ann.token })
  return list.body.items.toReversed()
}

async function storedTexts(channelId: string): Promise<string[]> {
  return (await stored(channelId)).map(({ content }) => content)
}

test('a reply that comes live is counted at its root, and stands in the thread that is open', async () => {
  const faults: string[] = []
  const channelId = await newChannel(server.url, ann.token, 'threads')
  const rootId = await post(channelId, 'What broke?')
  await using window = await windowOf(browser, server.url, ann)
  const page = await openPage(window, faults)
  await openChat(page, channelId)
  await post(channelId, 'The cached plan', rootId)
  await page.getByRole('link', { name: /^1 reply/ }).click()
  const thread = page.getByRole('region', { name: 'Thread' })
  await thread.getByText('The cached plan').waitFor()
  await post(channelId, 'And it is cured', rootId)
  await thread.getByText('And it is cured').waitFor()
  await page.getByRole('link', { name: /^2 replies/ }).waitFor()
  // Replies stand in their thread only.
  await thread.getByRole('link', { name: 'Close the thread' }).click()
  await thread.waitFor({ state: 'detached' })
  expect(await page.getByText('And it is cured').filter({ visible: true }).count()).toBe(0)
  expect(faults).toEqual([])
})

test('on a phone a thread lies over the messages; the keyboard comes back to where it was opened, and the list has not moved', async () => {
  const channelId = await newChannel(server.url, ann.token, 'covered')
  const rootId = await post(channelId, 'the root of it')
  await post(channelId, 'an answer', rootId)
  for (let index = 1; index <= 40; index++) await post(channelId, `line ${index}.`)
  await using window = await windowOf(browser, server.url, ann, { viewport: PHONE })
  const page = await openPage(window)
  await page.goto(`${server.url}/chat/${channelId}`)
  await settled(page)
  const opener = page.getByRole('link', { name: /^1 reply/ })
  const list = page.getByTestId('message-scroller')
  const toTop = (): Promise<void> => list.evaluate((element) => element.scrollTo(0, 0))
  // The list measures its rows while it comes to rest, and may draw others meanwhile.
  const focused = (): Promise<boolean> => opener.evaluate((element) => element.matches(':focus'))
  await expect
    .poll(
      async () => {
        await toTop()
        if ((await opener.count()) === 0) return false
        return opener.focus({ timeout: 500 }).then(focused, () => false)
      },
      { timeout: 30_000 },
    )
    .toBe(true)
  const place = await list.evaluate((element) => element.scrollTop)
  await page.keyboard.press('Enter')
  const thread = page.getByRole('region', { name: 'Thread' })
  await thread.waitFor()
  await expect.poll(() => page.evaluate('document.activeElement?.ariaLabel')).toBe('Thread')
  expect(await composer(page).isVisible()).toBe(false)
  await page.keyboard.press('Escape')
  await thread.waitFor({ state: 'detached' })
  await expect.poll(focused).toBe(true)
  await expect.poll(() => list.evaluate((element) => element.scrollTop)).toBe(place)
})

describe('the connection', () => {
  test('while it is cut the page stays, whatever one clicks, and says why; then it goes on', async () => {
    const [here, there] = [
      await newChannel(server.url, ann.token, 'here'),
      await newChannel(server.url, ann.token, 'there'),
    ]
    await using wire = await startCuttableProxy(server.url)
    await using window = await windowOf(browser, wire.url, ann)
    const page = await openPage(window)
    await openChat(page, here)
    wire.cut()
    await page.locator('[data-testid=live-state][data-state=offline]').waitFor()
    await send(page, 'written in a tunnel')
    await composer(page).fill('half a thought')
    // The tab was hidden and is looked at again, then somebody clicks.
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
    await page.getByRole('link', { name: 'there', exact: true }).click()
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor()
    expect(page.url()).toBe(`${wire.url}/chat/${here}`)
    await message(page, 'written in a tunnel').getByText('Waits for the connection').waitFor()
    expect(await composer(page).inputValue()).toBe('half a thought')

    wire.mend()
    await page.getByRole('link', { name: 'there', exact: true }).click()
    await page.waitForURL(`${wire.url}/chat/${there}`)
    await expect.poll(() => storedTexts(here)).toEqual(['written in a tunnel'])
    await page.goBack()
    await expect.poll(() => composer(page).inputValue()).toBe('half a thought')
    await allSent(page)
    expect(await texts(page)).toEqual(['written in a tunnel'])
  })

  test('a server that restarts under the page: nothing is lost, nothing is there twice', async () => {
    await using data = await dataFolder()
    const first = await startServer({ data: data.path })
    const bea = await newPerson(first.url, 'bea')
    const channelId = await newChannel(first.url, bea.token, 'steady')
    await using window = await windowOf(browser, first.url, bea)
    const page = await openPage(window)
    await openChat(page, channelId)
    await send(page, 'before')
    await allSent(page)
    await first.stop()
    await send(page, 'between')
    await using again = await startServer({ data: data.path, settings: { PORT: new URL(first.url).port } })
    await isLive(page)
    await send(page, 'after')
    await allSent(page)
    const list = await rest(again.url, 'GET', `/api/channels/${channelId}/messages`, { token: bea.token })
    const sent = list.body.items.map(({ content }: { content: string }) => content).toReversed()
    expect(sent).toEqual(['before', 'between', 'after'])
    expect(await texts(page)).toEqual(sent)
  })
})

describe('people', () => {
  test('a session that was ended elsewhere: the page says so, keeps what is written, and leads back to where one was', async () => {
    const channelId = await newChannel(server.url, ann.token, 'ended')
    await using window = await windowOf(browser, server.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    const session = await (await window.request.get(`${server.url}/api/auth/sessions/current`)).json()
    const ended = await window.request.delete(`${server.url}/api/auth/sessions/current`, {
      headers: { 'x-csrf-token': session.csrf_token },
    })
    expect(ended.status()).toBe(204)
    await page.locator('[data-testid=live-state][data-state=closed]').waitFor()
    await send(page, 'too late?')
    await message(page, 'too late?').getByText('Kept until you sign in again').waitFor()
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await page.getByLabel('User name').fill(ann.username)
    await page.getByLabel('Password').fill(ann.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${server.url}/chat/${channelId}`)
    await expect.poll(() => storedTexts(channelId)).toEqual(['too late?'])
  })

  test('two people on one computer: neither sees or sends what the other one wrote', async () => {
    const channelId = await newChannel(server.url, ann.token, 'kiosk')
    const cai = await newPerson(server.url, 'cai')
    await using wire = await startCuttableProxy(server.url)
    await using window = await windowOf(browser, wire.url, ann)
    const page = await openPage(window)
    await openChat(page, channelId)
    wire.cut()
    await page.locator('[data-testid=live-state][data-state=offline]').waitFor()
    await send(page, 'of ann')
    await composer(page).fill('draft of ann')
    await page.goto('about:blank')
    wire.mend()

    await window.clearCookies()
    await signIn(window, wire.url, cai)
    await openChat(page, channelId)
    expect(await composer(page).inputValue()).toBe('')
    await send(page, 'of cai')
    await expect.poll(() => storedTexts(channelId)).toEqual(['of cai'])

    await window.clearCookies()
    await signIn(window, wire.url, ann)
    await page.goto(`${wire.url}/chat/${channelId}`)
    await message(page, 'of ann').waitFor()
    await expect.poll(() => composer(page).inputValue()).toBe('draft of ann')
    await expect
      .poll(async () => (await stored(channelId)).map(({ username, content }) => `${username}: ${content}`))
      .toEqual(['cai: of cai', 'ann: of ann'])
  })
})

describe('pages', () => {
  test('odd texts and long names run nothing, and nothing is wider than a narrow screen', async () => {
    const faults: string[] = []
    const channelId = await newChannel(server.url, ann.token, `long name ${'x'.repeat(60)}`)
    const empty = await newChannel(server.url, ann.token, `empty ${'x'.repeat(60)}`)
    const odd = [
      'x'.repeat(10_000),
      '<img src=x onerror="window.ran=1"><script>window.ran=1</script>',
      '[a](javascript:window.ran=1) ![b](https://elsewhere.invalid/b.png)',
      `| a | b |\n|---|---|\n| ${'c'.repeat(300)} | d |`,
      `\`\`\`\n${'a long line of code '.repeat(40)}\n\`\`\``,
      'مرحبا שלום 😀 ask @grace.h.',
    ]
    for (const text of odd) await post(channelId, text)
    await using window = await windowOf(browser, server.url, ann, { viewport: { ...PHONE, width: 320 } })
    const page = await openPage(window, faults)
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).hostname))
    for (const path of [`/chat/${empty}`, `/chat/${channelId}`]) {
      await page.goto(server.url + path)
      await settled(page)
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
      const sendButton = await page.getByRole('button', { name: 'Send' }).boundingBox()
      expect((sendButton?.x ?? 0) + (sendButton?.width ?? 0)).toBeLessThanOrEqual(320)
      const list = page.getByTestId('message-scroller')
      expect(await list.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
    }
    expect(await page.locator('.mention').innerText()).toBe('@grace.h')
    expect(await page.evaluate('window.ran')).toBeUndefined()
    expect(new Set(asked)).toEqual(new Set(['127.0.0.1']))
    expect(faults).toEqual([])
  })

  test('without script the whole history can be read, and threads', async () => {
    const channelId = await newChannel(server.url, ann.token, 'archive')
    const rootId = await post(channelId, 'line 1.')
    await post(channelId, 'an answer', rootId)
    for (let index = 2; index <= 120; index++) await post(channelId, `line ${index}.`)
    await using window = await windowOf(browser, server.url, ann, { javaScriptEnabled: false })
    const page = await window.newPage()
    await page.goto(`${server.url}/chat/${channelId}`)
    const seen: string[] = []
    for (;;) {
      seen.unshift(...(await page.getByTestId('message').locator('.content').allInnerTexts()))
      const older = page.getByRole('link', { name: 'Older messages' })
      if ((await older.count()) === 0) break
      await older.click()
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => `line ${index + 1}.`))
    await page.getByRole('link', { name: /^1 reply/ }).click()
    await page.getByRole('region', { name: 'Thread' }).getByText('an answer').waitFor()
    await page.getByRole('link', { name: 'Close the thread' }).click()
    await page.getByRole('link', { name: 'To the newest messages' }).click()
    await message(page, 'line 120.').waitFor()
  })

  test('a page of the past goes on into the past, and leads to the newest', async () => {
    const channelId = await newChannel(server.url, ann.token, 'past')
    for (let index = 1; index <= 120; index++) await post(channelId, `line ${index}.`)
    const list = await rest(server.url, 'GET', `/api/channels/${channelId}/messages?limit=20`, { token: ann.token })
    await using window = await newWindow(browser)
    await signIn(window, server.url, ann)
    const page = await openPage(window)
    await page.goto(`${server.url}/chat/${channelId}?before=${list.body.items.at(-1).seq}`)
    await settled(page)
    await isLive(page)
    expect((await texts(page)).at(-1)).toBe('line 100.')
    await post(channelId, 'a new one')
    // One turns the wheel until it is there: a single jump may come while the list still measures its rows.
    const scroll = (by: number): Promise<void> =>
      page.getByTestId('message-scroller').evaluate((element, deltaY) => element.scrollBy(0, deltaY), by)
    await expect
      .poll(() => scroll(-400).then(() => message(page, 'line 1.').count()), { timeout: 30_000 })
      .toBeGreaterThan(0)
    expect(await message(page, 'a new one').count()).toBe(0)
    await page.getByTestId('message-scroller').evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await page.getByRole('link', { name: 'To the newest messages' }).click()
    await page.waitForURL((url) => url.search === '')
    await expect
      .poll(() => scroll(400).then(() => message(page, 'a new one').count()), { timeout: 30_000 })
      .toBeGreaterThan(0)
  })
})
