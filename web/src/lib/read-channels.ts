import type { MembershipSnapshot } from '@glasshouse/client'
import type { Channel, ChannelList } from '@glasshouse/contracts'
import { ok, type Result } from '@glasshouse/kernel'

/** More channels than these are not listed, and can be opened by their address. */
const PAGES_MAX = 20
const PAGE_LIMIT = 100

/** All channels that `readPage` gives, with the place of one's own stream at the first page. */
export async function readChannels<Failure>(
  readPage: (query: { joined?: boolean; limit: number; cursor?: string }) => Promise<Result<ChannelList, Failure>>,
  wanted: { readonly joined?: boolean },
): Promise<Result<MembershipSnapshot, Failure>> {
  const items: Channel[] = []
  let seq: number | undefined
  let cursor: string | null = null
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer: Result<ChannelList, Failure> = await readPage({
      ...wanted,
      limit: PAGE_LIMIT,
      ...(cursor === null ? {} : { cursor }),
    })
    if (!answer.ok) return answer
    items.push(...answer.value.items)
    seq ??= answer.value.seq
    cursor = answer.value.next
    if (cursor === null) break
  }
  return ok({ items, seq: seq ?? 0 })
}
