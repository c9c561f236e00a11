/** A person's first day, in real windows. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, newWindow, PHONE } from './browser.ts'
import { allSent, composer, isLive, message, openPage, send, settled, texts } from './chat-page.ts'
import { startCuttableProxy } from './cuttable-proxy.ts'
import { newPerson, rest } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
beforeAll(async () => {
  ;[server, browser] = await Promise.all([
    startServer({ settings: { LOBBY_RATE_LIMIT: '1000/10', NEW_ACCOUNT_RATE_LIMIT: '1000/10' } }),
    launchBrowser(),
  ])
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function register(page: Page, username: string, url = server.url): Promise<void> {
  await page.goto(`${url}/register`)
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Email').fill(`${username}@example.test`)
  await page.getByLabel('Password').fill(`${username} walks at dawn`)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.waitForURL(/\/chat\/[0-9a-f-]{36}/)
}

describe('two people in two windows', () => {
  test('register, and talk; the one who is cut off comes back and misses nothing', async () => {
    const faults: string[] = []
    await using annWindow = await newWindow(browser)
    await using benWindow = await newWindow(browser)
    const [ann, ben] = [await openPage(annWindow, faults), await openPage(benWindow, faults)]
    await register(ann, 'ann')
    await using wire = await startCuttableProxy(server.url)
    await register(ben, 'ben', wire.url)
    await Promise.all([isLive(ann), isLive(ben)])

    await send(ann, 'Hello Ben, can you **see** this?')
    await message(ben, 'Hello Ben').waitFor()
    expect(await message(ben, 'Hello Ben').locator('strong').innerText()).toBe('see')
    await send(ben, 'I can')
    await message(ann, 'I can').waitFor()
    await ann.getByTestId('last-ack').waitFor()

    wire.cut()
    await ben.locator('[data-testid=live-state]:not([data-state=live])').waitFor()
    for (let index = 1; index <= 5; index++) {
      await send(ann, `while you were away ${index}`)
      await message(ann, `while you were away ${index}`).waitFor()
    }
    await send(ben, 'written in a tunnel')
    wire.mend()
    await isLive(ben)
    await message(ben, 'while you were away 5').waitFor()
    await message(ann, 'written in a tunnel').waitFor()

    const expected = ['see', 'I can', 'away 1', 'away 2', 'away 3', 'away 4', 'away 5', 'written in a tunnel']
    for (const page of [ann, ben]) {
      await allSent(page)
      const seen = await texts(page)
      expect(seen).toHaveLength(expected.length)
      expected.forEach((part, index) => expect(seen[index]).toContain(part))
    }
    // A reload shows the same, from the server.
    await ben.reload()
    await settled(ben)
    await message(ben, 'written in a tunnel').waitFor()
    expect(await texts(ben)).toHaveLength(expected.length)
    expect(faults).toEqual([])
  })

  test('a message that was refused says why, keeps its text, and can be sent again', async () => {
    await using window = await newWindow(browser)
    const page = await openPage(window)
    await register(page, 'hasty')
    await isLive(page)
    const { token } = await newPerson(server.url, 'owner-of-slow')
    const created = await rest(server.url, 'POST', '/api/channels', {
      token,
      body: { type: 'public', name: 'crowded' },
    })
    await page.goto(`${server.url}/chat/${created.body.id}`)
    await isLive(page)
    // Fifty in ten seconds are allowed; the fifty-first is not.
    for (let index = 1; index <= 51; index++) await send(page, `quick ${index}`)
    const refused = message(page, 'quick 51')
    await refused.getByRole('button', { name: /Retry/ }).waitFor()
    const stored = await rest(server.url, 'GET', `/api/channels/${created.body.id}/messages?limit=100`, { token })
    expect(stored.body.items).toHaveLength(50)
    await expect
      .poll(
        async () => {
          await refused
            .getByRole('button', { name: /Retry/ })
            .click({ timeout: 500 })
            .catch(() => undefined)
          const after = await rest(server.url, 'GET', `/api/channels/${created.body.id}/messages?limit=100`, { token })
          return after.body.items[0].content
        },
        { timeout: 30_000 },
      )
      .toBe('quick 51')
  })
})

describe('pages', () => {
  test('work without script: register, sign out, sign in, the guarded page, a message', async () => {
    await using window = await newWindow(browser, { javaScriptEnabled: false })
    const page = await window.newPage()
    await page.goto(`${server.url}/protected`)
    expect(new URL(page.url())).toMatchObject({ pathname: '/sign-in', search: '?next=%2Fprotected' })
    await register(page, 'noscript')
    await page.goto(`${server.url}/protected`)
    expect(await page.getByTestId('protected-username').innerText()).toBe('noscript')
    await page.getByRole('button', { name: 'Sign out' }).first().click()
    await page.goto(`${server.url}/protected`)
    await page.getByLabel('User name').fill('noscript')
    await page.getByLabel('Password').fill('not my password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByLabel('User name').inputValue()).toBe('noscript')
    expect(await page.getByLabel('Password').inputValue()).toBe('')
    await page.getByLabel('Password').fill('noscript walks at dawn')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${server.url}/protected`)

    await page.goto(`${server.url}/chat`)
    await composer(page).fill('sent by a form')
    await page.getByRole('button', { name: 'Send' }).click()
    await message(page, 'sent by a form').waitFor()
  })

  test('a registration that is refused names its field, and keeps what was typed', async () => {
    await using window = await newWindow(browser)
    const page = await openPage(window)
    await page.goto(`${server.url}/register`)
    await page.getByLabel('User name').fill('picky')
    await page.getByLabel('Email').fill('picky@example.test')
    await page.getByLabel('Password').fill('password1234')
    await page.getByRole('button', { name: 'Register' }).click()
    const password = page.getByLabel('Password')
    await expect.poll(() => password.getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByLabel('User name').inputValue()).toBe('picky')
  })

  test.for(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/\t/evil.example'])(
    'signing in never leads to %s',
    async (next) => {
      await using window = await newWindow(browser, { javaScriptEnabled: false })
      const page = await window.newPage()
      const name = `safe-${Math.abs([...next].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7)) % 100_000}`
      const person = await newPerson(server.url, name)
      await page.goto(`${server.url}/sign-in?next=${encodeURIComponent(next)}`)
      await page.getByLabel('User name').fill(person.username)
      await page.getByLabel('Password').fill(person.password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForURL((url) => url.pathname !== '/sign-in')
      expect(new URL(page.url()).origin).toBe(server.url)
    },
  )

  test('an old history scrolls to its beginning with a bounded page, and the first paint has messages in it', async () => {
    const { token } = await newPerson(server.url, 'historian')
    const created = await rest(server.url, 'POST', '/api/channels', {
      token,
      body: { type: 'public', name: 'long ago' },
    })
    const channelId: string = created.body.id
    const writers: string[] = []
    for (let index = 1; index <= 300; index++) {
      // Six people, so that nobody goes too fast.
      const author = index % 50 === 1 ? (await newPerson(server.url, `writer-${index}`)).token : undefined
      if (author !== undefined) writers.push(author)
      await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
        token: writers.at(-1) ?? token,
        body: { content: `line ${index}` },
      })
    }
    await using window = await newWindow(browser)
    const page = await openPage(window)
    await register(page, 'reader')
    const html = await (await window.request.get(`${server.url}/chat/${channelId}`)).text()
    expect(html).toContain('line 300')

    await page.goto(`${server.url}/chat/${channelId}`)
    await settled(page)
    await message(page, 'line 300').waitFor()
    const scroller = page.getByTestId('message-scroller')
    await expect
      .poll(
        async () => {
          await scroller.evaluate((element) => element.scrollTo(0, 0))
          return (await texts(page))[0]
        },
        { timeout: 60_000 },
      )
      .toMatch(/line 1$/)
    expect(await page.getByTestId('message').count()).toBeLessThan(150)
  })

  test('fit a phone: nothing is wider than it, the channel list is a page of its own', async () => {
    await using window = await newWindow(browser, { viewport: { ...PHONE, width: 320 }, hasTouch: true })
    const page = await openPage(window)
    await register(page, 'mobile')
    await isLive(page)
    for (const path of ['/', '/chat', '/chat/channels', '/chat/new', '/protected']) {
      await page.goto(server.url + path)
      expect(await page.evaluate<number>('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(320)
    }
    await page.goto(`${server.url}/chat`)
    await page.getByRole('link', { name: 'All channels' }).click()
    await page.getByRole('link', { name: 'lobby' }).click()
    await composer(page).waitFor()
  })

  test('the first administrator is made in the browser with the code of the terminal', async () => {
    await using fresh = await startServer()
    const code = (await fresh.command.waitFor(/\/setup with the code (\S+)/))[1] ?? ''
    await using window = await newWindow(browser, { javaScriptEnabled: false })
    const page = await window.newPage()
    await page.goto(`${fresh.url}/setup`)
    await page.getByLabel(/code/i).fill(code)
    await page.getByLabel('User name').fill('boss')
    await page.getByLabel('Email').fill('boss@example.test')
    await page.getByLabel('Password').fill('a very quiet morning')
    await page.getByRole('button').last().click()
    await page.waitForURL(/\/chat/)
    expect((await rest(fresh.url, 'GET', '/api/site')).body.setup_needed).toBe(false)
  })
})
