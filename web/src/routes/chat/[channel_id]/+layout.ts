import type { LayoutLoad } from './$types'

/** What shows messages that are not in the channel is loaded when there are some. */
export const load: LayoutLoad = async ({ data }) => {
  if (!data.history.held || data.history.held.length === 0) return data
  const { HeldMessages } = await import('#lib/held-messages.svelte.ts')
  return { ...data, history: { ...data.history, Held: HeldMessages } }
}
