import { endpoint, failure, ROUTES, type Endpoint, type Failure } from '@glasshouse/contracts'
import { err, ok, parseId, type ChannelId, type ClientId, type MessageId, type Result } from '@glasshouse/kernel'
import type { ChatContext } from './context.ts'
import { finishReminder, listReminders, setReminder } from './remind.ts'
import {
  cancelScheduled,
  changeScheduled,
  listScheduled,
  scheduleMessage,
  sendScheduledNow,
} from './schedule-message.ts'

const nothing = err(failure('not_found'))

/** The routes of messages that are sent later, and of reminders. `poke`: something may be due now. */
export function laterEndpoints(context: ChatContext, poke: () => void): readonly Endpoint[] {
  return [
    endpoint(ROUTES.listScheduled, async ({ caller }) => answer(await listScheduled(context, caller))),
    endpoint(ROUTES.scheduleMessage, async ({ caller, params, body }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      if (channelId === undefined) return nothing
      const added = await scheduleMessage(context, caller, { ...body, channelId })
      return added.ok ? ok({ status: added.value.isNew ? 201 : 200, body: added.value.scheduled }) : added
    }),
    endpoint(ROUTES.changeScheduled, async ({ caller, params, body }) => {
      const id = parseId<ClientId>(params.scheduled_id)
      return id === undefined ? nothing : answer(await changeScheduled(context, caller, { ...body, id }))
    }),
    endpoint(ROUTES.cancelScheduled, async ({ caller, params }) => {
      const id = parseId<ClientId>(params.scheduled_id)
      return id === undefined ? nothing : done(await cancelScheduled(context, caller, id))
    }),
    endpoint(ROUTES.sendScheduledNow, async ({ caller, params }) => {
      const id = parseId<ClientId>(params.scheduled_id)
      if (id === undefined) return nothing
      const asked = await sendScheduledNow(context, caller, id)
      if (asked.ok) poke()
      return asked.ok ? ok({ status: 202, body: asked.value }) : asked
    }),
    endpoint(ROUTES.listReminders, async ({ caller }) => answer(await listReminders(context, caller))),
    endpoint(ROUTES.setReminder, async ({ caller, params, body }) => {
      const channelId = parseId<ChannelId>(params.channel_id)
      const messageId = parseId<MessageId>(params.message_id)
      if (channelId === undefined || messageId === undefined) return nothing
      return answer(await setReminder(context, caller, { channelId, messageId, remindAt: body.remind_at }))
    }),
    endpoint(ROUTES.finishReminder, async ({ caller, params }) => {
      const messageId = parseId<MessageId>(params.message_id)
      return messageId === undefined ? nothing : done(await finishReminder(context, caller, messageId))
    }),
  ]
}

function answer<Body>(
  result: Result<Body, Failure>,
): Result<{ readonly status: number; readonly body: Body }, Failure> {
  return result.ok ? ok({ status: 200, body: result.value }) : result
}

function done(result: Result<unknown, Failure>): Result<{ readonly status: number }, Failure> {
  return result.ok ? ok({ status: 204 }) : result
}
