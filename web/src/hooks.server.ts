import type { Handle, HandleServerError } from '@sveltejs/kit/hooks'
import { knownTimeZone } from '#lib/message-time.ts'
import { visitorApi } from '#lib/server/visitor-api.ts'
import { parseTheme, THEME_COOKIE, TIME_ZONE_COOKIE } from '#lib/theme.ts'

export const handle: Handle = async ({ event, resolve }) => {
  const theme = parseTheme(event.cookies.get(THEME_COOKIE))
  Object.assign(event.locals, {
    ...visitorApi(event),
    theme,
    timeZone: knownTimeZone(event.cookies.get(TIME_ZONE_COOKIE)),
  } satisfies App.Locals)
  const response = await resolve(event, { transformPageChunk: ({ html }) => html.replace('%glasshouse.theme%', theme) })
  // Pages hold what one person may see: nobody else may be shown them, and the next look asks again.
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'private, no-cache')
  return response
}

/** What broke goes to the log with the error's stack; the visitor reads only what to do. */
export const handleError: HandleServerError = ({ kind, error, event }) => {
  if (kind !== 'unknown') return
  console.error(`web: ${event.request.method} ${event.url.pathname} failed`, error)
  return { message: 'Something broke on the server. Reload the page; if it stays, tell an administrator.' }
}
