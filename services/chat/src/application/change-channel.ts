/** What changing a channel, archiving and restoring it have in common: who asks, what the facts allow, and who is told. */
import {
  failure,
  may,
  type Caller,
  type ChannelSnapshot,
  type Failure,
  type UpdateChannelRequest,
} from '@glasshouse/contracts'
import { assert, err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { decideChannelChange, type ChannelChange, type ChannelEdit } from '../domain/channel-change.ts'
import { isLobby } from '../domain/lobby.ts'
import { requirePermission } from './authorize.ts'
import { rightsOf, toMembershipFailure } from './change-membership.ts'
import type { ChatContext } from './context.ts'
import type { StoredChannelChange } from './ports.ts'
import { readChannel } from './read-channel.ts'
import { readChannelName, readChannelText } from './read-channel-fields.ts'
import { channelChanged, ownMembershipChanged, usersOfChannels } from './wire.ts'

export async function updateChannel(
  context: ChatContext,
  caller: Caller | undefined,
  request: UpdateChannelRequest & { readonly channelId: ChannelId },
): Promise<Result<ChannelSnapshot, Failure>> {
  const edit = readEdit(request)
  return edit.ok
    ? changeChannel(context, caller, { channelId: request.channelId, change: { kind: 'edit', edit: edit.value } })
    : edit
}

/** Answers with the channel as it is now. What is so already changes nothing. */
export async function changeChannel(
  context: ChatContext,
  caller: Caller | undefined,
  { channelId, change }: { readonly channelId: ChannelId; readonly change: ChannelChange },
): Promise<Result<ChannelSnapshot, Failure>> {
  const permitted = requirePermission(caller, 'channel.change')
  if (!permitted.ok) return permitted
  const { userId, role } = permitted.value
  const rights = { ...rightsOf(permitted.value, channelId), setsDefault: may(role, 'channel.set_default') }
  const changed = await context.ports.channels.change(channelId, userId, (facts) =>
    decideChannelChange({ ...facts, isLobby: isLobby(channelId) }, rights, change),
  )
  if (changed === undefined) return err(failure('not_found'))
  if (!changed.ok) {
    const { error } = changed
    return err(error === 'name_taken' ? failure('channel.name_taken', { path: 'name' }) : toMembershipFailure(error))
  }
  context.rules.forget(channelId)
  await announce(context, channelId, changed.value)
  return readChannel(context, channelId, userId)
}

/** Those who watch the channel, and each member in their own stream, whose list shows it. What is lost here the relay tells. */
async function announce(
  context: ChatContext,
  channelId: ChannelId,
  { changedSeq, members }: StoredChannelChange,
): Promise<void> {
  const { ports, names, listeners, pokeRelay } = context
  if (changedSeq === undefined) return
  pokeRelay()
  if (!listeners.wantsChanges) return
  const found = await ports.channels.find(channelId, undefined)
  assert(found !== undefined, 'a channel that was changed is there')
  const { channel } = found
  const people = usersOfChannels([channel])
  for (const { userId } of members) people.add(userId)
  const naming = { settings: ports.settings, nameOf: await names.find(people) }
  // It may have changed once more since: then this is news of that, and the place of this one is read.
  if (channel.changedSeq === changedSeq) listeners.change(channelChanged(channel, naming))
  for (const { userId, role, userSeq } of members) {
    const own = { userId, role, membership: 'joined', changedSeq: userSeq } as const
    listeners.change(ownMembershipChanged(channel, own, naming))
  }
}

function readEdit(request: UpdateChannelRequest): Result<ChannelEdit, Failure> {
  const edit: { -readonly [Field in keyof ChannelEdit]: ChannelEdit[Field] } = {}
  if (request.name !== undefined) {
    const name = readChannelName(request.name)
    if (!name.ok) return name
    edit.name = name.value
  }
  for (const field of ['topic', 'description'] as const) {
    if (request[field] === undefined) continue
    const text = readChannelText(field, request[field])
    if (!text.ok) return text
    edit[field] = text.value
  }
  const { rate_limit: rateLimit } = request
  if (rateLimit !== undefined) edit.rateLimit = rateLimit && { count: rateLimit.count, windowS: rateLimit.window_s }
  if (request.is_default !== undefined) edit.isDefault = request.is_default
  if (request.moderation !== undefined) edit.moderated = request.moderation === 'on'
  return ok(edit)
}
