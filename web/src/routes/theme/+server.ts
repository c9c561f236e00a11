import { redirect } from '@sveltejs/kit'
import { safeNext } from '#lib/safe-next.ts'
import { textField } from '#lib/server/form-failure.ts'
import { parseTheme, PREFERENCE_AGE_S, THEME_COOKIE } from '#lib/theme.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = async ({ request, cookies, url }) => {
  const data = await request.formData()
  cookies.set(THEME_COOKIE, parseTheme(data.get('theme')), {
    path: '/',
    maxAge: PREFERENCE_AGE_S,
    sameSite: 'lax',
    secure: url.protocol === 'https:',
  })
  redirect(303, safeNext(textField(data, 'return_to'), '/'))
}
