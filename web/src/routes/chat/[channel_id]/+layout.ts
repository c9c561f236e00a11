import type { LayoutLoad } from './$types'

/**
 * What shows messages that are not in the channel is loaded when there are some, what says that one is muted, when one is, and what
 * visitors write in, where they may.
 */
export const load: LayoutLoad = async ({ data, parent }) => {
  const { held } = data.history
  const { restriction, is_lobby: isLobby } = data.channel
  const [Held, Notice, VisitorComposer] = await Promise.all([
    held && held.length > 0 ? import('#lib/held-messages.svelte.ts').then((loaded) => loaded.HeldMessages) : undefined,
    restriction && import('#lib/components/restriction-notice.svelte').then((loaded) => loaded.default),
    isLobby ? loadVisitorComposer(parent) : undefined,
  ])
  return {
    ...data,
    history: Held ? { ...data.history, Held } : data.history,
    restricted: restriction && Notice ? { restriction, Notice } : undefined,
    VisitorComposer,
  }
}

async function loadVisitorComposer(parent: Parameters<LayoutLoad>[0]['parent']) {
  const { user, site } = await parent()
  if (user !== null || site.lobby.access !== 'demo') return undefined
  return (await import('#lib/components/visitor-composer.svelte')).default
}
