import type { Channel, ChannelList } from '@glasshouse/contracts'
import { ok, type Result } from '@glasshouse/kernel'

/** More channels than these are not listed, and can be opened by their address. */
const PAGES_MAX = 20
const PAGE_LIMIT = 100

/** All channels that `readPage` gives: the Lobby first, then by name. */
export async function allChannels<Failure>(
  readPage: (query: { limit: number; cursor?: string }) => Promise<Result<ChannelList, Failure>>,
): Promise<Result<readonly Channel[], Failure>> {
  const channels: Channel[] = []
  let cursor: string | null = null
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer: Result<ChannelList, Failure> = await readPage({
      limit: PAGE_LIMIT,
      ...(cursor === null ? {} : { cursor }),
    })
    if (!answer.ok) return answer
    channels.push(...answer.value.items)
    cursor = answer.value.next
    if (cursor === null) break
  }
  return ok(channels.toSorted((a, b) => Number(b.is_lobby) - Number(a.is_lobby) || a.name.localeCompare(b.name, 'en')))
}
