/** Who may do what, from the permission table and the channel's own members. Every use case begins here, whatever door led to it. */
import {
  failure,
  may,
  mentionsIn,
  MENTIONS_OF_ALL,
  type Actor,
  type Caller,
  type ChangeFrame,
  type Failure,
  type Permission,
} from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { decideRead, type ReaderRights } from '../domain/channel-access.ts'
import { isLobby, LOBBY_ID } from '../domain/lobby.ts'
import type { ChatPorts, ChatSettings, StoredStanding } from './ports.ts'

function actorOf(caller: Pick<Caller, 'role'> | undefined): Actor {
  return caller?.role ?? 'anonymous'
}

/** The caller, when their role allows it. */
export function requirePermission<Who extends Pick<Caller, 'role'>>(
  caller: Who | undefined,
  permission: Permission,
): Result<Who, Failure> {
  if (caller === undefined) return err(failure('auth.required'))
  return may(caller.role, permission) ? ok(caller) : err(failure('permission.denied'))
}

/**
 * Whether somebody who has not signed in may write in a channel, as the demo user: in the Lobby, when the house says so. What is refused
 * is refused in the same words whether or not there is such a channel.
 */
export function requireDemoWrite(
  settings: Pick<ChatSettings, 'lobbyAccess'>,
  channelId: string,
): Result<void, Failure> {
  const permitted = settings.lobbyAccess === 'demo' && may(actorOf(undefined), 'message.send')
  return permitted && parseId<ChannelId>(channelId) === LOBBY_ID ? ok() : err(failure('auth.required'))
}

type ReadPorts = Pick<ChatPorts, 'channels' | 'settings'>

/** How the caller stands to a channel that they may read; refuses when they may not, or there is none. */
export async function requireRead(
  ports: ReadPorts,
  caller: Caller | undefined,
  channelId: ChannelId,
): Promise<Result<StoredStanding, Failure>> {
  const [standing] = await requireReads(ports, caller, [channelId])
  return standing ?? err(failure('not_found'))
}

/** The same for many channels of one caller, in their order, with one query. A standing is never older than the head beside it. */
export async function requireReads(
  { channels, settings }: ReadPorts,
  caller: Caller | undefined,
  channelIds: readonly ChannelId[],
): Promise<readonly Result<StoredStanding, Failure>[]> {
  const rights = readerRights(caller)
  // Who has not signed in learns nothing, not even by the time that an answer takes.
  const asked = rights.signedIn ? channelIds : channelIds.filter(isLobby)
  const standings = asked.length === 0 ? undefined : await channels.standings(asked, caller?.userId)
  return channelIds.map((id) => {
    const found = standings?.get(id)
    const standing = found && { type: found.type, isMember: found.role !== undefined }
    switch (decideRead(rights, { id, standing }, settings.lobbyAccess)) {
      case 'allowed':
        return found === undefined ? err(failure('not_found')) : ok(found)
      case 'sign_in':
        return err(failure('auth.required'))
      case 'hidden':
        return err(failure('not_found'))
    }
  })
}

/**
 * Whether many callers may read channels, and their heads, in the order of the requests, with two queries at most: the channels, and then the memberships of those who
 * may read them as members only. So a membership is never older than the head beside it.
 */
export async function requireManyReads(
  { channels, settings }: ReadPorts,
  requests: readonly { readonly caller: Caller | undefined; readonly channelId: ChannelId }[],
): Promise<readonly Result<{ readonly head: number }, Failure>[]> {
  const asked = new Set(requests.flatMap(({ caller, channelId }) => (caller || isLobby(channelId) ? [channelId] : [])))
  const standings = asked.size === 0 ? undefined : await channels.standings([...asked], undefined)
  const decide = ({ caller, channelId: id }: (typeof requests)[number], isMember: boolean) => {
    const found = standings?.get(id)
    const standing = found && { type: found.type, isMember }
    return { found, decision: decideRead(readerRights(caller), { id, standing }, settings.lobbyAccess) }
  }
  const doubtful = requests.flatMap((request) => {
    const { caller, channelId } = request
    const { found, decision } = decide(request, false)
    return decision === 'hidden' && found && caller ? [{ channelId, userId: caller.userId }] : []
  })
  const members = doubtful.length === 0 ? undefined : await channels.membersAmong(doubtful)
  return requests.map((request) => {
    const { caller, channelId } = request
    const isMember = caller !== undefined && members?.get(channelId)?.has(caller.userId) === true
    const { found, decision } = decide(request, isMember)
    if (decision === 'sign_in') return err(failure('auth.required'))
    return decision === 'allowed' && found !== undefined ? ok({ head: found.head }) : err(failure('not_found'))
  })
}

/**
 * Whether a change of a channel's stream ends the watch of somebody, and whose: of those who left a channel that they may read as its
 * members only. Undefined when of nobody, which it nearly always is.
 */
export function endsReadOf(change: ChangeFrame): ((caller: Caller | undefined) => boolean) | undefined {
  if (change.type !== 'member_changed' || change.membership !== 'left' || !change.stream.startsWith('channel:'))
    return undefined
  const { user_id: userId, channel_id: id, channel_type: type } = change
  return (caller) => {
    if (caller?.userId !== userId) return false
    // Who is signed in may read the Lobby whatever it is open to otherwise.
    const channel = { id: id as ChannelId, standing: { type, isMember: false } }
    return decideRead(readerRights(caller), channel, 'off') !== 'allowed'
  }
}

function readerRights(caller: Caller | undefined): ReaderRights {
  const actor = actorOf(caller)
  return {
    signedIn: caller !== undefined,
    readPublicChannels: may(actor, 'channel.read_public'),
    readOwnChannels: may(actor, 'channel.read_member'),
    readLobby: may(actor, 'lobby.read'),
  }
}

/** The public channels that the caller may see without being in them. */
export function openChannels(caller: Caller): 'all' | ChannelId {
  return may(caller.role, 'channel.read_public') ? 'all' : LOBBY_ID
}

/** The names that a text mentions, each once, in lower case. Who may not call everybody names nobody by it. */
export function mentionNamesOf(content: string, caller: Pick<Caller, 'role'> | undefined): readonly string[] {
  const names = new Set(mentionsIn(content).map(({ name }) => name))
  if (!may(actorOf(caller), 'message.mention_all')) for (const name of MENTIONS_OF_ALL) names.delete(name)
  return [...names]
}

export function viewerId(caller: Caller | undefined): UserId | undefined {
  return caller?.userId
}
