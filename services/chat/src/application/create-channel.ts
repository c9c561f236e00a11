import {
  channelStream,
  failure,
  type Caller,
  type ChannelSnapshot,
  type CreateChannelRequest,
  type Failure,
} from '@glasshouse/contracts'
import { assert, err, newId, ok, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { explainChannelNameFault, parseChannelName } from '../domain/channel-name.ts'
import { announceMemberships } from './announce-memberships.ts'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { findPeople } from './find-people.ts'
import { toChannel } from './wire.ts'

const CREATE_PERMISSIONS = { public: 'channel.create_public', private: 'channel.create_private' } as const

/** Creates a channel with its creator as its owner, and with the members that they name. */
export async function createChannel(
  context: ChatContext,
  caller: Caller | undefined,
  request: CreateChannelRequest,
): Promise<Result<ChannelSnapshot, Failure>> {
  const { ports } = context
  const { type } = request
  const permitted = requirePermission(caller, CREATE_PERMISSIONS[type])
  if (!permitted.ok) return permitted
  const name = parseChannelName(request.name)
  if (!name.ok) {
    return err(failure('request.invalid', { path: 'name', message: explainChannelNameFault(name.error) }))
  }
  const description = parseDescription(request.description)
  if (!description.ok) return description
  const { userId } = permitted.value
  const members = await findPeople(context, request.members ?? [])
  if (!members.ok) return members

  const id = newId<ChannelId>()
  const createdAtMs = ports.clock.nowMs()
  const channel = { id, type, name: name.value, description: description.value, createdBy: userId, createdAtMs }
  const changes = await ports.channels.create(channel, members.value)
  if (changes === undefined) return err(failure('channel.name_taken', { path: 'name' }))
  await announceMemberships(context, id, changes)

  return ok(await snapshot(context, id, userId))
}

function parseDescription(text = ''): Result<string, Failure> {
  const description = text.trim()
  if (!description.includes('\0') && description.isWellFormed()) return ok(description)
  const message = 'The description is not well-formed Unicode, or has the character U+0000.'
  return err(failure('request.invalid', { path: 'description', message }))
}

async function snapshot({ ports }: ChatContext, id: ChannelId, viewerId: UserId): Promise<ChannelSnapshot> {
  const found = await ports.channels.find(id, viewerId)
  assert(found !== undefined, 'a channel that was created is there')
  return { ...toChannel(found.channel, ports.settings), stream: channelStream(id), seq: found.head }
}
