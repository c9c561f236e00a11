import { beforeEach, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.ts'

/** Who is signed in in this browser now. */
let signedIn: string
/** As whom something was changed. */
let changedAs: string[]
let page: BrowserSession

beforeEach(() => {
  signedIn = 'ann'
  changedAs = []
  page = new BrowserSession(
    async (_, init) => {
      // The token is of the session: another one is refused, without one too.
      if (init.method !== 'GET' && new Headers(init.headers).get('x-csrf-token') !== `of ${signedIn}`) {
        return new Response('{}', { status: 403 })
      }
      if (init.method !== 'GET') changedAs.push(signedIn)
      return new Response('{}', { status: 200 })
    },
    async () => ({ userId: signedIn, csrfToken: `of ${signedIn}` }),
  )
})

const change = async () => (await page.send('/api/drafts', { method: 'PUT' })).status

test('what one changes goes out with the token of the session', async () => {
  page.userId = 'ann'
  expect(await change()).toBe(200)
  expect(changedAs).toEqual(['ann'])
})

test('after somebody else has signed in in another tab, nothing of this page is changed as they', async () => {
  page.userId = 'ann'
  await change()
  signedIn = 'bob'
  expect(await change()).toBe(401)
  expect(changedAs).toEqual(['ann'])
  signedIn = 'ann'
  expect(await change()).toBe(200)
})

test('nor when it is the first change of this page', async () => {
  page.userId = 'ann'
  signedIn = 'bob'
  expect(await change()).toBe(401)
  expect(changedAs).toEqual([])
})
