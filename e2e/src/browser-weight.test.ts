/** How much script a page loads before it can be used, compressed. */
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, newWindow } from './browser.ts'
import { signIn } from './chat-page.ts'
import { newPerson } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(), launchBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

test.for([
  ['/', 60],
  ['/chat', 130],
] as const)('%s needs at most %i KB', async ([path, kilobytesMax]) => {
  await using window = await newWindow(browser)
  await signIn(window, server.url, await newPerson(server.url, `weigher-${kilobytesMax}`))
  const html = await (await window.request.get(server.url + path)).text()
  // What the page names, and what those name in turn; what is loaded later is behind an `import(...)`.
  const wanted = [...html.matchAll(/[\w./-]+\/_app\/immutable\/[\w./-]+\.js/g)].map(
    ([name]) => new URL(name, `${server.url}${path}`).href,
  )
  expect(wanted.length).toBeGreaterThan(3)
  const seen = new Map<string, number>()
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    if (seen.has(next)) continue
    const answer = await window.request.get(next)
    expect(answer.status(), next).toBe(200)
    const text = await answer.text()
    seen.set(next, gzipSync(text).length)
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*["'](\.[^"']+\.js)["']/g))
      wanted.push(new URL(name, next).href)
  }
  const kilobytes = [...seen.values()].reduce((sum, bytes) => sum + bytes, 0) / 1024
  expect(kilobytes).toBeGreaterThan(20)
  expect(kilobytes).toBeLessThanOrEqual(kilobytesMax)
})
