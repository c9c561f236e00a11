import { endpoint, failure, ROUTES, type Endpoint, type Failure } from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type MessageId, type Result, type UserId } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import { getHeldWords, setHeldWords } from './held-words.ts'
import {
  decideMessage,
  getModeratedMessage,
  listOwnHeld,
  readModerationQueue,
  reportMessage,
  undoDecision,
} from './moderate.ts'
import { readAuditLog } from './read-audit-log.ts'

const nothing = err(failure('not_found'))

function answer<Body>(
  result: Result<Body, Failure>,
): Result<{ readonly status: number; readonly body: Body }, Failure> {
  return result.ok ? ok({ status: 200, body: result.value }) : result
}

/** The routes of moderators, and those by which others ask what became of their messages, or report some. */
export function moderationEndpoints(context: ChatContext): readonly Endpoint[] {
  return [
    endpoint(ROUTES.getModerationQueue, async ({ caller, query: { channel_id: channel, ...page } }) => {
      const channelId = channel === undefined ? undefined : parseId<ChannelId>(channel)
      if (channel !== undefined && channelId === undefined) return nothing
      return answer(await readModerationQueue(context, caller, { ...page, channelId }))
    }),
    endpoint(ROUTES.getWords, async ({ caller }) => answer(await getHeldWords(context, caller, undefined))),
    endpoint(ROUTES.setWords, async ({ caller, body }) => {
      return answer(await setHeldWords(context, caller, { ...body, channelId: undefined }))
    }),
    endpoint(ROUTES.getChannelWords, async ({ caller, params }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined ? nothing : answer(await getHeldWords(context, caller, channelId))
    }),
    endpoint(ROUTES.setChannelWords, async ({ caller, params, body }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined ? nothing : answer(await setHeldWords(context, caller, { ...body, channelId }))
    }),
    endpoint(ROUTES.getModeratedMessage, async ({ caller, params }) => {
      const messageId = parseId<MessageId>(params.message_id)
      return messageId === undefined ? nothing : answer(await getModeratedMessage(context, caller, messageId))
    }),
    endpoint(ROUTES.decideMessage, async ({ caller, params, body }) => {
      const messageId = parseId<MessageId>(params.message_id)
      return messageId === undefined ? nothing : answer(await decideMessage(context, caller, { messageId, ...body }))
    }),
    endpoint(ROUTES.undoDecision, async ({ caller, params }) => {
      const messageId = parseId<MessageId>(params.message_id)
      return messageId === undefined ? nothing : answer(await undoDecision(context, caller, messageId))
    }),
    endpoint(ROUTES.reportMessage, async ({ caller, params, body }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      const messageId = parseId<MessageId>(params.message_id)
      if (channelId === undefined || messageId === undefined) return nothing
      const reported = await reportMessage(context, caller, { channelId, messageId, ...body })
      return reported.ok ? ok({ status: 204 }) : reported
    }),
    endpoint(ROUTES.listOwnHeld, async ({ caller, params }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      return channelId === undefined ? nothing : answer(await listOwnHeld(context, caller, channelId))
    }),
    endpoint(
      ROUTES.getAuditLog,
      async ({ caller, query: { actor_id: actor, user_id: user, channel_id: channel, ...query } }) => {
        const actorId = actor === undefined ? undefined : parseId<UserId>(actor)
        const userId = user === undefined ? undefined : parseId<UserId>(user)
        const channelId = channel === undefined ? undefined : parseId<ChannelId>(channel)
        return answer(await readAuditLog(context, caller, { ...query, actorId, userId, channelId }))
      },
    ),
  ]
}
