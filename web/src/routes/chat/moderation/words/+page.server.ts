import type { Api } from '@glasshouse/client'
import { HELD_WORDS_MAX } from '@glasshouse/contracts'
import { parseId, type ChannelId } from '@glasshouse/kernel'
import { error, fail, redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import { formFailure, textField } from '#lib/server/form-failure.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { mergeWords, readWordLines } from '#lib/word-lines.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url }) => {
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname + url.search))
  const channelId = channelOf(url)
  const { words } = orFailPage(await wordsOf(locals.api, channelId).read())
  if (channelId === undefined) return { words, channel: undefined }
  const { name } = orFailPage(await locals.api.getChannel({ params: { channel_id: channelId } }))
  return { words, channel: { id: channelId, name } }
}

export const actions: Actions = {
  default: async ({ locals, request, url }) => {
    const list = wordsOf(locals.api, channelOf(url))
    const data = await request.formData()
    const values = { words: textField(data, 'words'), seen: textField(data, 'seen') }
    const typed = readWordLines(values.words)
    if (typed.problem !== undefined) return refused(values, typed.problem)
    const now = await list.read()
    if (!now.ok) return formFailure(now.error, values)
    const words = mergeWords(now.value.words, { seen: readWordLines(values.seen).words, wanted: typed.words })
    if (words.length > HELD_WORDS_MAX) {
      const excess = `Others have added words meanwhile: together these are ${words.length}, and at most ${HELD_WORDS_MAX} are kept.`
      return refused(values, excess)
    }
    const set = await list.set([...words])
    if (!set.ok) return formFailure(set.error, values)
    // The server also knows that words are the same which differ in case or width.
    const kept = new Set(set.value.words)
    const repeated = [...new Set([...typed.repeated, ...words.filter((word) => !kept.has(word))])]
    return { saved: { count: kept.size, repeated } }
  },
}

function refused(values: { readonly words: string; readonly seen: string }, problem: string) {
  return fail(400, { values, fields: { words: problem }, message: undefined, retryAtMs: undefined })
}

/** Those of a channel, or of the house. */
function wordsOf(api: Api, channelId: ChannelId | undefined) {
  if (channelId === undefined) {
    return { read: () => api.getWords(), set: (words: string[]) => api.setWords({ body: { words } }) }
  }
  const params = { channel_id: channelId }
  return {
    read: () => api.getChannelWords({ params }),
    set: (words: string[]) => api.setChannelWords({ params, body: { words } }),
  }
}

function channelOf(url: URL): ChannelId | undefined {
  const asked = url.searchParams.get('channel')
  if (asked === null) return undefined
  return parseId<ChannelId>(asked) ?? error(404, { message: 'There is no such channel.' })
}
