import { beforeEach, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.ts'

/** Who is signed in in this browser now. */
let signedIn: string | undefined
/** The server cannot be asked. */
let cut: boolean
/** As whom something was changed. */
let changedAs: (string | undefined)[]
let page: BrowserSession

beforeEach(() => {
  signedIn = 'ann'
  cut = false
  changedAs = []
  page = new BrowserSession(
    async (_, init) => {
      // The token is of the session: another one is refused, without one too.
      const token = new Headers(init.headers).get('x-csrf-token')
      if (init.method !== 'GET' && signedIn !== undefined && token !== `of ${signedIn}`) {
        return new Response('{}', { status: 403 })
      }
      if (init.method !== 'GET') changedAs.push(signedIn)
      return new Response('{}', { status: 200 })
    },
    async () => {
      if (cut) throw new TypeError('no connection')
      return signedIn === undefined ? undefined : { userId: signedIn, csrfToken: `of ${signedIn}` }
    },
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

test('whoever has been signed out in another tab changes nothing as nobody', async () => {
  page.userId = 'ann'
  signedIn = undefined
  expect(await change()).toBe(401)
  expect(changedAs).toEqual([])
  signedIn = 'ann'
  expect(await change()).toBe(200)
})

test('while it cannot be found out who is signed in, nothing is sent, and it is asked again', async () => {
  page.userId = 'ann'
  cut = true
  await expect(change()).rejects.toThrow('no connection')
  cut = false
  expect(await change()).toBe(200)
})

test('a page of a visitor changes things as nobody', async () => {
  signedIn = undefined
  expect(await change()).toBe(200)
  expect(changedAs).toEqual([undefined])
})
