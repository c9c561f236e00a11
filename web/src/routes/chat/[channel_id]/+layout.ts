import type { LayoutLoad } from './$types'

/** What shows messages that are not in the channel is loaded when there are some, and what says that one is muted, when one is. */
export const load: LayoutLoad = async ({ data }) => {
  const { held } = data.history
  const { restriction } = data.channel
  const [Held, Notice] = await Promise.all([
    held && held.length > 0 ? import('#lib/held-messages.svelte.ts').then((loaded) => loaded.HeldMessages) : undefined,
    restriction && import('#lib/components/restriction-notice.svelte').then((loaded) => loaded.default),
  ])
  return {
    ...data,
    history: Held ? { ...data.history, Held } : data.history,
    restricted: restriction && Notice ? { restriction, Notice } : undefined,
  }
}
