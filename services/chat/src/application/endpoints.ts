import { endpoint, failure, ROUTES, type Caller, type Endpoint, type Failure } from '@glasshouse/contracts'
import {
  err,
  ok,
  parseId,
  type ChannelId,
  type GroupId,
  type MessageId,
  type Result,
  type UserId,
} from '@glasshouse/kernel'
import { addGroupMember, removeGroupMember } from './change-group-members.ts'
import { requireDemoWrite } from './authorize.ts'
import { changeChannel, updateChannel } from './change-channel.ts'
import { changeMemberRole } from './change-member-role.ts'
import type { NamedMember } from './change-membership.ts'
import type { MessageChanger } from './change-message.ts'
import type { ChatContext } from './context.ts'
import { createChannel } from './create-channel.ts'
import { createGroup } from './create-group.ts'
import { deleteMessage } from './delete-message.ts'
import { deleteGroup } from './delete-group.ts'
import { draftEndpoints } from './draft-endpoints.ts'
import { editMessage } from './edit-message.ts'
import { findMessage } from './find-message.ts'
import { getChannel } from './get-channel.ts'
import { getGroup } from './get-group.ts'
import { getMessage } from './get-message.ts'
import { setMessageSaved, setThreadFollowing } from './keep-message.ts'
import { getOwnStatus } from './get-own-status.ts'
import { getPresence } from './get-presence.ts'
import { laterEndpoints } from './later-endpoints.ts'
import type { LaterWorker } from './later-worker.ts'
import { listChannels } from './list-channels.ts'
import { listMembers } from './list-members.ts'
import { listGroups } from './list-groups.ts'
import { listSaved, listSavedIds, listThreads } from './list-kept.ts'
import { listMessageEdits } from './list-message-edits.ts'
import { listPins } from './list-pins.ts'
import { moderationEndpoints } from './moderation-endpoints.ts'
import { putMember } from './put-member.ts'
import { addReaction, removeReaction } from './react-to-message.ts'
import { readHistory } from './read-history.ts'
import { readThread } from './read-thread.ts'
import { readStateEndpoints } from './read-state-endpoints.ts'
import { removeMember } from './remove-member.ts'
import { restrictionEndpoints } from './restriction-endpoints.ts'
import type { MessageSender } from './send-message.ts'
import { updateGroup } from './update-group.ts'
import { getPollVotes, votePoll } from './vote-poll.ts'
import { setOwnStatus } from './set-own-status.ts'

/** Chat's REST routes: each hands the request to its use case, and its answer back. */
export function createEndpoints(
  context: ChatContext,
  {
    sender,
    changer,
    later,
  }: {
    readonly sender: MessageSender
    readonly changer: MessageChanger
    readonly later: LaterWorker
  },
): readonly Endpoint[] {
  return [
    ...channelEndpoints(context),
    ...memberEndpoints(context),
    ...messageEndpoints(context, sender),
    ...messageChangeEndpoints(context, changer),
    ...keepingEndpoints(context),
    ...groupEndpoints(context),
    ...presenceEndpoints(context),
    ...readStateEndpoints(context),
    ...draftEndpoints(context),
    ...laterEndpoints(context, () => later.poke()),
    ...moderationEndpoints(context),
    ...restrictionEndpoints(context),
  ]
}

function channelEndpoints(context: ChatContext): readonly Endpoint[] {
  return [
    endpoint(ROUTES.listChannels, async ({ caller, query }) => answer(200, await listChannels(context, caller, query))),
    endpoint(ROUTES.createChannel, async ({ caller, body }) => {
      const created = await createChannel(context, caller, body)
      return created.ok ? ok({ status: created.value.isNew ? 201 : 200, body: created.value.channel }) : created
    }),
    endpoint(ROUTES.updateChannel, async ({ caller, params, body }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined
        ? nothing
        : answer(200, await updateChannel(context, caller, { ...body, channelId }))
    }),
    endpoint(ROUTES.archiveChannel, async ({ caller, params }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      if (channelId === undefined) return nothing
      const archived = await changeChannel(context, caller, { channelId, change: { kind: 'archive' } })
      return archived.ok ? ok({ status: 204 }) : archived
    }),
    endpoint(ROUTES.restoreChannel, async ({ caller, params }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      if (channelId === undefined) return nothing
      return answer(200, await changeChannel(context, caller, { channelId, change: { kind: 'restore' } }))
    }),
    endpoint(ROUTES.getChannel, async ({ caller, params }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined ? nothing : answer(200, await getChannel(context, caller, channelId))
    }),
    endpoint(ROUTES.listPins, async ({ caller, params }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined ? nothing : answer(200, await listPins(context, caller, channelId))
    }),
  ]
}

function memberEndpoints(context: ChatContext): readonly Endpoint[] {
  return [
    endpoint(ROUTES.listMembers, async ({ caller, params, query }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined
        ? nothing
        : answer(200, await listMembers(context, caller, { channelId, ...query }))
    }),
    endpoint(ROUTES.putMember, async ({ caller, params }) => {
      const named = parseMemberPath(params, caller)
      const put = named.ok ? await putMember(context, caller, named.value) : named
      return put.ok ? ok({ status: put.value.added ? 201 : 200, body: put.value.member }) : put
    }),
    endpoint(ROUTES.changeMember, async ({ caller, params, body }) => {
      const named = parseMemberPath(params, caller)
      return named.ok ? answer(200, await changeMemberRole(context, caller, { ...named.value, ...body })) : named
    }),
    endpoint(ROUTES.removeMember, async ({ caller, params }) => {
      const named = parseMemberPath(params, caller)
      return named.ok ? answer(204, await removeMember(context, caller, named.value)) : named
    }),
  ]
}

function messageEndpoints(context: ChatContext, sender: MessageSender): readonly Endpoint[] {
  return [
    endpoint(ROUTES.listMessages, async ({ caller, params, query }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined ? nothing : answer(200, await readHistory(context, caller, { channelId, query }))
    }),
    endpoint(
      ROUTES.sendMessage,
      async ({ caller, params, body, address }) => {
        const sent = await sender.send(caller, { ...body, channel_id: params.channel_id }, address)
        if (!sent.ok) return sent
        const { message, repeated } = sent.value
        return ok({ status: message.status !== 'visible' ? 202 : repeated ? 200 : 201, body: message })
      },
      { admitVisitor: ({ channel_id = '' }) => requireDemoWrite(context.ports.settings, channel_id) },
    ),
    endpoint(ROUTES.getMessage, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      return named === undefined ? nothing : answer(200, await getMessage(context, caller, named))
    }),
    endpoint(ROUTES.findMessage, async ({ caller, params }) => {
      const messageId = parseId<MessageId>(params.message_id)
      return messageId === undefined ? nothing : answer(200, await findMessage(context, caller, messageId))
    }),
    endpoint(ROUTES.getThread, async ({ caller, params, query }) => {
      const named = parseMessagePath(params)
      return named === undefined ? nothing : answer(200, await readThread(context, caller, { ...named, ...query }))
    }),
  ]
}

function messageChangeEndpoints(context: ChatContext, changer: MessageChanger): readonly Endpoint[] {
  return [
    endpoint(ROUTES.editMessage, async ({ caller, params, body }) => {
      const named = parseMessagePath(params)
      return named === undefined ? nothing : answer(200, await editMessage(changer, caller, { ...named, ...body }))
    }),
    endpoint(ROUTES.deleteMessage, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      if (named === undefined) return nothing
      return done(await deleteMessage(context, { changer, caller }, named))
    }),
    endpoint(ROUTES.listMessageEdits, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      return named === undefined ? nothing : answer(200, await listMessageEdits(context, caller, named))
    }),
    endpoint(ROUTES.addReaction, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      if (named === undefined) return nothing
      return answer(200, await addReaction(changer, caller, { ...named, emoji: params.emoji }))
    }),
    endpoint(ROUTES.removeReaction, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      if (named === undefined) return nothing
      return answer(200, await removeReaction(changer, caller, { ...named, emoji: params.emoji }))
    }),
    endpoint(ROUTES.votePoll, async ({ caller, params, body }) => {
      const named = parseMessagePath(params)
      if (named === undefined) return nothing
      return answer(200, await votePoll(context, changer, caller, { ...named, ...body }))
    }),
    endpoint(ROUTES.getPollVotes, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      return named === undefined ? nothing : answer(200, await getPollVotes(context, caller, named))
    }),
    endpoint(ROUTES.pinMessage, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      const asked = { permission: 'message.pin', request: { kind: 'pin' } } as const
      return named === undefined ? nothing : answer(200, await changer.change(caller, named, asked))
    }),
    endpoint(ROUTES.unpinMessage, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      const asked = { permission: 'message.pin', request: { kind: 'unpin' } } as const
      return named === undefined ? nothing : answer(200, await changer.change(caller, named, asked))
    }),
  ]
}

function keepingEndpoints(context: ChatContext): readonly Endpoint[] {
  return [
    endpoint(ROUTES.followThread, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      if (named === undefined) return nothing
      return done(await setThreadFollowing(context, caller, { ...named, following: true }))
    }),
    endpoint(ROUTES.unfollowThread, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      if (named === undefined) return nothing
      return done(await setThreadFollowing(context, caller, { ...named, following: false }))
    }),
    endpoint(ROUTES.listThreads, async ({ caller, query }) => answer(200, await listThreads(context, caller, query))),
    endpoint(ROUTES.saveMessage, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      return named === undefined ? nothing : done(await setMessageSaved(context, caller, { ...named, saved: true }))
    }),
    endpoint(ROUTES.unsaveMessage, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      return named === undefined ? nothing : done(await setMessageSaved(context, caller, { ...named, saved: false }))
    }),
    endpoint(ROUTES.listSavedIds, async ({ caller }) => answer(200, await listSavedIds(context, caller))),
    endpoint(ROUTES.listSaved, async ({ caller, query }) => answer(200, await listSaved(context, caller, query))),
  ]
}

function groupEndpoints(context: ChatContext): readonly Endpoint[] {
  const memberOf = (params: { readonly group_id: string; readonly user_id: string }) => {
    const groupId = parseId<GroupId>(params.group_id)
    const userId = parseId<UserId>(params.user_id)
    return groupId === undefined || userId === undefined ? undefined : { groupId, userId }
  }
  return [
    endpoint(ROUTES.listGroups, async ({ caller }) => answer(200, await listGroups(context, caller))),
    endpoint(ROUTES.createGroup, async ({ caller, body }) => answer(201, await createGroup(context, caller, body))),
    endpoint(ROUTES.getGroup, async ({ caller, params }) => {
      const groupId = parseId<GroupId>(params.group_id)
      return groupId === undefined ? nothing : answer(200, await getGroup(context, caller, groupId))
    }),
    endpoint(ROUTES.updateGroup, async ({ caller, params, body }) => {
      const groupId = parseId<GroupId>(params.group_id)
      return groupId === undefined ? nothing : answer(200, await updateGroup(context, caller, { groupId, ...body }))
    }),
    endpoint(ROUTES.deleteGroup, async ({ caller, params }) => {
      const groupId = parseId<GroupId>(params.group_id)
      return groupId === undefined ? nothing : done(await deleteGroup(context, caller, groupId))
    }),
    endpoint(ROUTES.addGroupMember, async ({ caller, params }) => {
      const member = memberOf(params)
      return member === undefined ? nothing : done(await addGroupMember(context, caller, member))
    }),
    endpoint(ROUTES.removeGroupMember, async ({ caller, params }) => {
      const member = memberOf(params)
      return member === undefined ? nothing : done(await removeGroupMember(context, caller, member))
    }),
  ]
}

function presenceEndpoints(context: ChatContext): readonly Endpoint[] {
  return [
    endpoint(ROUTES.getOwnStatus, async ({ caller }) => answer(200, await getOwnStatus(context, caller))),
    endpoint(ROUTES.setOwnStatus, async ({ caller, body }) => answer(200, await setOwnStatus(context, caller, body))),
    endpoint(ROUTES.getPresence, async ({ caller, params }) => {
      const userId = parseId<UserId>(params.user_id)
      return userId === undefined ? nothing : answer(200, await getPresence(context, caller, userId))
    }),
  ]
}

const nothing = err(failure('not_found'))

function answer<Body>(
  status: number,
  result: Result<Body, Failure>,
): Result<{ readonly status: number; readonly body: Body }, Failure> {
  return result.ok ? ok({ status, body: result.value }) : result
}

/** `me` is the caller. */
function parseMemberPath(
  params: { readonly channel_id: string; readonly user_id: string },
  caller: Caller | undefined,
): Result<NamedMember, Failure> {
  if (caller === undefined) return err(failure('auth.required'))
  const channelId = parseId<ChannelId>(params.channel_id)
  const userId = params.user_id === 'me' ? caller.userId : parseId<UserId>(params.user_id)
  return channelId === undefined || userId === undefined ? nothing : ok({ channelId, userId })
}

function done(result: Result<unknown, Failure>): Result<{ readonly status: number }, Failure> {
  return result.ok ? ok({ status: 204 }) : result
}

function parseMessagePath(params: { readonly channel_id: string; readonly message_id: string }) {
  const channelId = parseId<ChannelId>(params.channel_id)
  const messageId = parseId<MessageId>(params.message_id)
  return channelId === undefined || messageId === undefined ? undefined : { channelId, messageId }
}
