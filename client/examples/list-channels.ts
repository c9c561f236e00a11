import { createApi } from '@glasshouse/client'

/** Signs in and returns the names of the channels. */
export async function listChannels(baseUrl: string, username: string, password: string): Promise<string[]> {
  const signedIn = await createApi({ baseUrl }).login({ body: { username, password } })
  if (!signedIn.ok) throw new Error(signedIn.error.message)

  const api = createApi({ baseUrl, token: () => signedIn.value.token })
  const channels = await api.listChannels({ query: { limit: 100 } })
  if (!channels.ok) throw new Error(channels.error.message)
  return channels.value.items.map(({ name }) => name)
}
