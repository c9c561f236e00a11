import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = async ({ locals }) => {
  const session = await locals.session()
  return { user: session?.user ?? null, theme: locals.theme, timeZone: locals.timeZone, renderedAtMs: Date.now() }
}
