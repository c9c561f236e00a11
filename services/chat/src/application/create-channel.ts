import {
  failure,
  type Caller,
  type ChannelSnapshot,
  type CreateChannelRequest,
  type Failure,
} from '@glasshouse/contracts'
import { err, newId, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { explainConversationFault, parseConversation } from '../domain/conversation.ts'
import { announceMemberships } from './announce-memberships.ts'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { findPeopleToAdd } from './find-people.ts'
import { readChannel } from './read-channel.ts'
import { readChannelName, readChannelText } from './read-channel-fields.ts'

interface Created {
  readonly channel: ChannelSnapshot
  /** False for a conversation that was there. */
  readonly isNew: boolean
}

/** Creates a channel with its creator as its owner and with the members that they name; or finds or begins a conversation. */
export async function createChannel(
  context: ChatContext,
  caller: Caller | undefined,
  request: CreateChannelRequest,
): Promise<Result<Created, Failure>> {
  const { type } = request
  if (type === 'direct' || type === 'group') return converse(context, caller, { ...request, type })
  const permitted = requirePermission(caller, type === 'public' ? 'channel.create_public' : 'channel.create_private')
  if (!permitted.ok) return permitted
  const name = readChannelName(request.name ?? '')
  if (!name.ok) return name
  const description = readChannelText('description', request.description ?? '')
  if (!description.ok) return description
  const { userId } = permitted.value
  const members = await findPeopleToAdd(context, request.members ?? [])
  if (!members.ok) return members

  const { ports } = context
  const id = newId<ChannelId>()
  const createdAtMs = ports.clock.nowMs()
  const channel = { id, type, name: name.value, description: description.value, createdBy: userId, createdAtMs }
  const changes = await ports.channels.create(channel, members.value)
  if (changes === undefined) return err(failure('channel.name_taken', { path: 'name' }))
  await announceMemberships(context, id, changes)
  const created = await readChannel(context, id, userId)
  return created.ok ? ok({ channel: created.value, isNew: true }) : created
}

async function converse(
  context: ChatContext,
  caller: Caller | undefined,
  request: CreateChannelRequest & { readonly type: 'direct' | 'group' },
): Promise<Result<Created, Failure>> {
  const permitted = requirePermission(caller, 'channel.converse')
  if (!permitted.ok) return permitted
  for (const path of ['name', 'description'] as const) {
    if (request[path] === undefined) continue
    const message = `${path}: a ${request.type} channel is called by its people.`
    return err(failure('request.invalid', { path, message }))
  }
  const { userId } = permitted.value
  const members = await findPeopleToAdd(context, request.members ?? [])
  if (!members.ok) return members
  const conversation = parseConversation(request.type, userId, members.value)
  if (!conversation.ok) {
    return err(failure('request.invalid', { path: 'members', message: explainConversationFault(conversation.error) }))
  }
  const { ports } = context
  const begun = { ...conversation.value, id: newId<ChannelId>(), createdBy: userId, createdAtMs: ports.clock.nowMs() }
  const { id, joined } = await ports.channels.findOrCreateConversation(begun)
  if (joined !== undefined) await announceMemberships(context, id, joined)
  const found = await readChannel(context, id, userId)
  return found.ok ? ok({ channel: found.value, isNew: joined !== undefined }) : found
}
