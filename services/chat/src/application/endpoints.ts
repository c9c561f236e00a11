import { endpoint, failure, ROUTES, type Caller, type Endpoint, type Failure } from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type MessageId, type Result, type UserId } from '@glasshouse/kernel'
import { changeMemberRole } from './change-member-role.ts'
import type { NamedMember } from './change-membership.ts'
import type { MessageChanger } from './change-message.ts'
import type { ChatContext } from './context.ts'
import { createChannel } from './create-channel.ts'
import { editMessage } from './edit-message.ts'
import { getChannel } from './get-channel.ts'
import { getMessage } from './get-message.ts'
import { listChannels } from './list-channels.ts'
import { listMembers } from './list-members.ts'
import { listMessageEdits } from './list-message-edits.ts'
import { listPins } from './list-pins.ts'
import { putMember } from './put-member.ts'
import { addReaction, removeReaction } from './react-to-message.ts'
import { readHistory } from './read-history.ts'
import { readThread } from './read-thread.ts'
import { removeMember } from './remove-member.ts'
import type { MessageSender } from './send-message.ts'

/** Chat's REST routes: each hands the request to its use case, and its answer back. */
export function createEndpoints(
  context: ChatContext,
  { sender, changer }: { readonly sender: MessageSender; readonly changer: MessageChanger },
): readonly Endpoint[] {
  return [
    ...channelEndpoints(context),
    ...memberEndpoints(context),
    ...messageEndpoints(context, sender),
    ...messageChangeEndpoints(context, changer),
  ]
}

function channelEndpoints(context: ChatContext): readonly Endpoint[] {
  return [
    endpoint(ROUTES.listChannels, async ({ caller, query }) => answer(200, await listChannels(context, caller, query))),
    endpoint(ROUTES.createChannel, async ({ caller, body }) => answer(201, await createChannel(context, caller, body))),
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
    endpoint(ROUTES.sendMessage, async ({ caller, params, body }) => {
      const sent = await sender.send(caller, { ...body, channel_id: params.channel_id })
      return sent.ok ? ok({ status: sent.value.repeated ? 200 : 201, body: sent.value.message }) : sent
    }),
    endpoint(ROUTES.getMessage, async ({ caller, params }) => {
      const named = parseMessagePath(params)
      return named === undefined ? nothing : answer(200, await getMessage(context, caller, named))
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
      const asked = { permission: 'message.change_own', request: { kind: 'delete' } } as const
      const deleted = await changer.change(caller, named, asked)
      return deleted.ok ? ok({ status: 204 }) : deleted
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

function parseMessagePath(params: { readonly channel_id: string; readonly message_id: string }) {
  const channelId = parseId<ChannelId>(params.channel_id)
  const messageId = parseId<MessageId>(params.message_id)
  return channelId === undefined || messageId === undefined ? undefined : { channelId, messageId }
}
