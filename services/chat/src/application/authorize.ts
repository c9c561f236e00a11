/** Who may do what, from the permission table and the channel's own rules. Every use case begins here, whatever door led to it. */
import { failure, may, type Actor, type Caller, type Failure, type Permission } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result, type UserId } from '@glasshouse/kernel'
import { decideRead } from '../domain/channel-access.ts'
import type { LobbyAccess } from '../domain/lobby.ts'

function actorOf(caller: Caller | undefined): Actor {
  return caller?.role ?? 'anonymous'
}

/** The caller, when their role allows it. */
export function requirePermission(
  caller: Caller | undefined,
  permission: Extract<Permission, `channel.${string}` | `message.${string}`>,
): Result<Caller, Failure> {
  if (caller === undefined) return err(failure('auth.required'))
  return may(caller.role, permission) ? ok(caller) : err(failure('permission.denied'))
}

/** Passes when the caller may read this channel, if there is one. */
export function requireRead(
  caller: Caller | undefined,
  channelId: ChannelId,
  lobbyAccess: LobbyAccess,
): Result<void, Failure> {
  const actor = actorOf(caller)
  const rights = {
    signedIn: caller !== undefined,
    readPublicChannels: may(actor, 'channel.read_public'),
    readLobby: may(actor, 'lobby.read'),
  }
  switch (decideRead(rights, channelId, lobbyAccess)) {
    case 'allowed':
      return ok()
    case 'sign_in':
      return err(failure('auth.required'))
    case 'hidden':
      return err(failure('not_found'))
  }
}

export function readsPublicChannels(caller: Caller): boolean {
  return may(caller.role, 'channel.read_public')
}

export function moderatesPublicChannels(caller: Caller): boolean {
  return may(caller.role, 'message.moderate_public')
}

export function viewerId(caller: Caller | undefined): UserId | undefined {
  return caller?.userId
}
