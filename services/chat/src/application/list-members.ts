import {
  channelStream,
  failure,
  PAGE_LIMIT_DEFAULT,
  type Caller,
  type Failure,
  type MemberList,
} from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { requirePermission, requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toMember } from './wire.ts'

/** Who is in a channel, longest first. The cursor is the id of the last one that was shown. */
export async function listMembers(
  { ports, names }: ChatContext,
  caller: Caller | undefined,
  query: { readonly channelId: ChannelId; readonly limit?: number; readonly cursor?: string },
): Promise<Result<MemberList, Failure>> {
  const { channelId, cursor } = query
  const permitted = requirePermission(caller, 'channel.read_member')
  if (!permitted.ok) return permitted
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  const after = cursor === undefined ? undefined : parseId<UserId>(cursor)
  if (cursor !== undefined && after === undefined) {
    return err(failure('request.invalid', { path: 'cursor', message: 'cursor: is not one that a list answered with.' }))
  }
  const limit = query.limit ?? PAGE_LIMIT_DEFAULT
  const found = await ports.members.list(channelId, { after, limit: limit + 1 })
  if (found === undefined) return err(failure('not_found'))
  const shown = found.members.slice(0, limit)
  const nameOf = await names.find(new Set(shown.map(({ userId }) => userId)))
  return ok({
    items: shown.map((member) => toMember(member, nameOf(member.userId))),
    next: found.members.length > limit ? (shown.at(-1)?.userId ?? null) : null,
    stream: channelStream(channelId),
    seq: found.head,
  })
}
