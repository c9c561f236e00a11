import { endpoint, failure, ROUTES, type Endpoint, type Failure } from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import type { MessageChanger } from './change-message.ts'
import type { ChatContext } from './context.ts'
import { createChannel } from './create-channel.ts'
import { editMessage } from './edit-message.ts'
import { getChannel } from './get-channel.ts'
import { getMessage } from './get-message.ts'
import { listChannels } from './list-channels.ts'
import { listMessageEdits } from './list-message-edits.ts'
import { listPins } from './list-pins.ts'
import { addReaction, removeReaction } from './react-to-message.ts'
import { readHistory } from './read-history.ts'
import { readThread } from './read-thread.ts'
import type { MessageSender } from './send-message.ts'

/** Chat's REST routes: each hands the request to its use case, and its answer back. */
export function createEndpoints(
  context: ChatContext,
  { sender, changer }: { readonly sender: MessageSender; readonly changer: MessageChanger },
): readonly Endpoint[] {
  return [
    ...channelEndpoints(context),
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

function parseMessagePath(params: { readonly channel_id: string; readonly message_id: string }) {
  const channelId = parseId<ChannelId>(params.channel_id)
  const messageId = parseId<MessageId>(params.message_id)
  return channelId === undefined || messageId === undefined ? undefined : { channelId, messageId }
}
