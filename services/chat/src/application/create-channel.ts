import {
  channelStream,
  failure,
  type Caller,
  type ChannelSnapshot,
  type CreateChannelRequest,
  type Failure,
} from '@glasshouse/contracts'
import { assert, err, newId, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { explainChannelNameFault, parseChannelName } from '../domain/channel-name.ts'
import { requirePermission } from './authorize.ts'
import type { ChatContext } from './context.ts'
import { toChannel } from './wire.ts'

/** Creates a public channel, and joins its creator. */
export async function createChannel(
  { ports, pokeRelay }: ChatContext,
  caller: Caller | undefined,
  request: CreateChannelRequest,
): Promise<Result<ChannelSnapshot, Failure>> {
  const permitted = requirePermission(caller, 'channel.create_public')
  if (!permitted.ok) return permitted
  const name = parseChannelName(request.name)
  if (!name.ok) {
    return err(failure('request.invalid', { path: 'name', message: explainChannelNameFault(name.error) }))
  }
  const description = (request.description ?? '').trim()
  if (description.includes('\0') || !description.isWellFormed()) {
    const message = 'The description is not well-formed Unicode, or has the character U+0000.'
    return err(failure('request.invalid', { path: 'description', message }))
  }

  const id = newId<ChannelId>()
  const { userId } = permitted.value
  const createdAtMs = ports.clock.nowMs()
  const created = await ports.channels.create({ id, name: name.value, description, createdBy: userId, createdAtMs })
  if (!created) return err(failure('channel.name_taken', { path: 'name' }))
  pokeRelay()

  const found = await ports.channels.find(id, userId)
  assert(found !== undefined, 'a channel that was created is there')
  return ok({ ...toChannel(found.channel, ports.settings), stream: channelStream(id), seq: found.head })
}
