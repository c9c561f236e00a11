/** The chat without a WebSocket: a visitor who has not signed in, and members behind a proxy that passes no upgrades. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, newWindow } from './browser.ts'
import { allSent, composer, isLive, message, openPage, send, texts, windowOf } from './chat-page.ts'
import { startCuttableProxy } from './cuttable-proxy.ts'
import { startNoUpgradeProxy } from './no-upgrade-proxy.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let host: Person
let lobbyId: string
beforeAll(async () => {
  const settings = { LOBBY_ACCESS: 'read', LOBBY_RATE_LIMIT: '1000/10', NEW_ACCOUNT_RATE_LIMIT: '1000/10' }
  ;[server, browser] = await Promise.all([startServer({ settings }), launchBrowser()])
  host = await newPerson(server.url, 'host')
  lobbyId = (await rest(server.url, 'GET', '/api/site')).body.lobby.id
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function say(channelId: string, content: string): Promise<void> {
  const path = `/api/channels/${channelId}/messages`
  expect((await rest(server.url, 'POST', path, { token: host.token, body: { content } })).status).toBe(201)
}

/** Addresses of the WebSockets that the page has opened. */
function socketsOf(page: Page): string[] {
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))
  return sockets
}

describe('a visitor who has not signed in', () => {
  test('sees the Lobby live, is told that it is reading only, and misses nothing while cut off', async () => {
    const faults: string[] = []
    await using wire = await startCuttableProxy(server.url)
    await using window = await newWindow(browser)
    const page = await openPage(window, faults)
    const sockets = socketsOf(page)
    await say(lobbyId, 'said before')
    await page.goto(`${wire.url}/chat/${lobbyId}`)
    await isLive(page)
    await page.getByTestId('reading-only').waitFor()
    expect(await composer(page).count()).toBe(0)
    await say(lobbyId, 'said **live**')
    await message(page, 'said live').waitFor()

    wire.cut()
    await page.locator('[data-testid=live-state]:not([data-state=live])').waitFor()
    for (let index = 1; index <= 3; index++) await say(lobbyId, `while cut off ${index}`)
    wire.mend()
    await message(page, 'while cut off 3').waitFor()
    expect(await texts(page)).toEqual([
      'said before',
      'said live',
      'while cut off 1',
      'while cut off 2',
      'while cut off 3',
    ])
    expect(sockets).toEqual([])
    expect(faults).toEqual([])
  })
})

describe('behind a proxy that passes no upgrades', () => {
  test('members write, read, change rooms, and go on after they were cut off', async () => {
    const faults: string[] = []
    await using wire = await startCuttableProxy(server.url)
    await using proxy = await startNoUpgradeProxy(wire.url)
    const [ann, ben] = [await newPerson(server.url, 'ann'), await newPerson(server.url, 'ben')]
    const square = await newChannel(server.url, ann.token, 'square')
    const garden = await newChannel(server.url, ann.token, 'garden')
    await using annWindow = await windowOf(browser, proxy.url, ann)
    await using benWindow = await windowOf(browser, server.url, ben)
    const [annPage, benPage] = [await openPage(annWindow, faults), await openPage(benWindow, faults)]
    await annPage.goto(`${proxy.url}/chat/${square}`)
    await benPage.goto(`${server.url}/chat/${square}`)
    await Promise.all([isLive(annPage), isLive(benPage)])
    expect(proxy.upgradesAsked).toBeGreaterThan(0)

    await send(annPage, 'over the proxy')
    await message(benPage, 'over the proxy').waitFor()
    await send(benPage, 'over a socket')
    await message(annPage, 'over a socket').waitFor()
    await annPage.getByTestId('last-ack').waitFor()

    await annPage.getByRole('link', { name: 'garden' }).click()
    await annPage.waitForURL(`**/chat/${garden}`)
    await say(garden, 'in the garden')
    await message(annPage, 'in the garden').waitFor()
    await annPage.getByRole('link', { name: 'square' }).click()
    await annPage.waitForURL(`**/chat/${square}`)

    wire.cut()
    await annPage.locator('[data-testid=live-state]:not([data-state=live])').waitFor()
    await send(benPage, 'while ann was away')
    await send(annPage, 'written in a tunnel')
    wire.mend()
    await message(annPage, 'while ann was away').waitFor()
    await message(benPage, 'written in a tunnel').waitFor()
    for (const page of [annPage, benPage]) {
      await allSent(page)
      expect(await texts(page)).toEqual([
        'over the proxy',
        'over a socket',
        'while ann was away',
        'written in a tunnel',
      ])
    }
    await annPage.reload()
    await isLive(annPage)
    expect(await texts(annPage)).toHaveLength(4)
    expect(faults).toEqual([])
  })
})
