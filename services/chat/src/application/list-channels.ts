import { failure, PAGE_LIMIT_DEFAULT, type Caller, type ChannelList, type Failure } from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type Result } from '@glasshouse/kernel'
import { LOBBY_ID } from '../domain/lobby.ts'
import { readsPublicChannels, requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toChannel } from './wire.ts'

/** The channels that the caller may read, by name. The cursor is the id of the last one that was shown. */
export async function listChannels(
  { ports }: ChatContext,
  caller: Caller | undefined,
  page: { readonly limit?: number; readonly cursor?: string },
): Promise<Result<ChannelList, Failure>> {
  const permitted = requirePermission(caller, 'channel.list')
  if (!permitted.ok) return permitted
  const after = page.cursor === undefined ? undefined : parseId<ChannelId>(page.cursor)
  if (page.cursor !== undefined && after === undefined) {
    return err(failure('request.invalid', { path: 'cursor', message: 'cursor: is not one that a list answered with.' }))
  }
  const limit = page.limit ?? PAGE_LIMIT_DEFAULT
  const found = await ports.channels.list({
    viewerId: permitted.value.userId,
    after,
    only: readsPublicChannels(permitted.value) ? undefined : LOBBY_ID,
    limit: limit + 1,
  })
  const shown = found.slice(0, limit)
  return ok({
    items: shown.map((channel) => toChannel(channel, ports.settings)),
    next: found.length > limit ? (shown.at(-1)?.id ?? null) : null,
  })
}
