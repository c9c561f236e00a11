import type { PageLoad } from './$types'

/** What stands beside the messages is loaded by whoever opens it: most pages show nothing there. */
export const load: PageLoad = async ({ data, url }) => ({
  ...data,
  ThreadPanel: data.thread ? (await import('#lib/components/thread-panel.svelte')).default : undefined,
  PinsPanel: data.pins ? (await import('#lib/components/pins-panel.svelte')).default : undefined,
  MemberPanel: data.members ? (await import('#lib/components/member-panel.svelte')).default : undefined,
  ChannelSettings: url.searchParams.has('settings')
    ? (await import('#lib/components/channel-settings.svelte')).default
    : undefined,
})
