import { endpoint, failure, ROUTES, type Endpoint, type Failure } from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type MessageId, type Result } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import { createChannel } from './create-channel.ts'
import { getChannel } from './get-channel.ts'
import { getMessage } from './get-message.ts'
import { listChannels } from './list-channels.ts'
import { readHistory } from './read-history.ts'
import { readThread } from './read-thread.ts'
import type { MessageSender } from './send-message.ts'

/** Chat's REST routes: each hands the request to its use case, and its answer back. */
export function createEndpoints(context: ChatContext, sender: MessageSender): readonly Endpoint[] {
  return [
    endpoint(ROUTES.listChannels, async ({ caller, query }) => answer(200, await listChannels(context, caller, query))),
    endpoint(ROUTES.createChannel, async ({ caller, body }) => answer(201, await createChannel(context, caller, body))),
    endpoint(ROUTES.getChannel, async ({ caller, params }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined ? nothing : answer(200, await getChannel(context, caller, channelId))
    }),
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
