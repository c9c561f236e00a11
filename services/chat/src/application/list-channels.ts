import {
  failure,
  PAGE_LIMIT_DEFAULT,
  userStream,
  type Caller,
  type ChannelList,
  type Failure,
} from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type Result } from '@glasshouse/kernel'
import { openChannels, requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toChannel, usersOfChannels } from './wire.ts'

/** The channels that the caller may read, by name. The cursor is the id of the last one that was shown. */
export async function listChannels(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  query: { readonly joined?: boolean; readonly limit?: number; readonly cursor?: string },
): Promise<Result<ChannelList, Failure>> {
  const permitted = requirePermission(caller, 'channel.list')
  if (!permitted.ok) return permitted
  const { userId } = permitted.value
  const after = query.cursor === undefined ? undefined : parseId<ChannelId>(query.cursor)
  if (query.cursor !== undefined && after === undefined) return err(NO_CURSOR)
  const limit = query.limit ?? PAGE_LIMIT_DEFAULT
  const found = await ports.channels.list({
    viewerId: userId,
    after,
    joined: query.joined,
    open: openChannels(permitted.value),
    limit: limit + 1,
  })
  if (found === undefined) return err(NO_CURSOR)
  const shown = found.channels.slice(0, limit)
  const naming = { settings: ports.settings, nameOf: await names.find(usersOfChannels(shown)) }
  return ok({
    items: shown.map((channel) => toChannel(channel, naming)),
    next: found.channels.length > limit ? (shown.at(-1)?.id ?? null) : null,
    stream: userStream(userId),
    seq: found.userHead,
  })
}

const NO_CURSOR = failure('request.invalid', {
  path: 'cursor',
  message: 'cursor: is not one that a list answered with, or its channel is gone. Begin anew without it.',
})
