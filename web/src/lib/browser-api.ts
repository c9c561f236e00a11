import { createApi } from '@glasshouse/client'
import { BrowserSession } from './browser-session.ts'

const session = new BrowserSession((url, init) => fetch(url, init), readSession)

/** REST as the browser calls it: the session's cookie authenticates, and its csrf token goes along with what changes something. */
export const browserApi = createApi({ baseUrl: '', fetch: (url, init) => session.send(url, init) })

/** From now on nothing is changed here as somebody else, who has signed in in another tab of this browser. */
export function actOnlyAs(userId: string): void {
  session.userId = userId
}

async function readSession(): Promise<{ userId: string; csrfToken: string } | undefined> {
  const read = await browserApi.getWebSession()
  if (read.ok) return { userId: read.value.user.id, csrfToken: read.value.csrf_token }
  if (read.error.status !== 401) throw new TypeError(read.error.message)
  return undefined
}
