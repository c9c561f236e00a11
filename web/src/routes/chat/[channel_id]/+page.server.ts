import type { Api, ApiError } from '@glasshouse/client'
import { mayInChannel, type ChannelRole, type Member, type Message } from '@glasshouse/contracts'
import {
  err,
  ok,
  parseId,
  type ChannelId,
  type ClientId,
  type MessageId,
  type Result,
  type UserId,
} from '@glasshouse/kernel'
import { error, redirect, type RequestEvent } from '@sveltejs/kit'
import { channelRights } from '#lib/channel-rights.ts'
import type { ThreadSnapshot } from '#lib/channel-view.svelte.ts'
import { endOf } from '#lib/restriction-words.ts'
import { withNext } from '#lib/safe-next.ts'
import { parseSlowMode } from '#lib/slow-modes.ts'
import { withQuery } from '#lib/with-query.ts'
import { orFailPage } from '#lib/server/or-fail-page.ts'
import { formFailure, textField, type FormProblem } from '#lib/server/form-failure.ts'
import type { Actions, PageServerLoad } from './$types'

/** Pages of 100 replies that are read at most. */
const THREAD_PAGES_MAX = 10
/** Pages of 100 members. */
const MEMBER_PAGES_MAX = 5

export const load: PageServerLoad = async ({ locals, params, url, depends, parent }) => {
  depends('glasshouse:thread', 'glasshouse:pins', 'glasshouse:members')
  const channelId = parseId<ChannelId>(params.channel_id)
  const asked = url.searchParams.get('thread')
  if (asked !== null) {
    const messageId = parseId<MessageId>(asked)
    if (messageId === undefined || channelId === undefined) error(404, { message: 'There is no such thread.' })
    return { thread: await wholeThread(locals.api, channelId, messageId), members: null, pins: null }
  }
  if (channelId !== undefined && url.searchParams.has('pins')) {
    return { thread: null, members: null, pins: await readPins(locals.api, channelId) }
  }
  if (!url.searchParams.has('members') || channelId === undefined || !(await locals.session())) {
    return { thread: null, members: null, pins: null }
  }
  const { channel, user } = await parent()
  const restricts = mayInChannel(channelRights(channel, user).role, 'member.restrict')
  const [members, restrictions] = await Promise.all([
    readMembers(locals.api, channelId),
    restricts ? readRestrictions(locals.api, channelId) : undefined,
  ])
  return { thread: null, members: { ...members, restrictions }, pins: null }
}

async function readMembers(
  api: Api,
  channelId: ChannelId,
): Promise<{ readonly items: readonly Member[]; readonly more: boolean }> {
  const items: Member[] = []
  let cursor: string | null = null
  for (let page = 0; page < MEMBER_PAGES_MAX; page++) {
    const query: { limit: number; cursor?: string } = { limit: 100, ...(cursor === null ? {} : { cursor }) }
    const read = orFailPage(await api.listMembers({ params: { channel_id: channelId }, query }))
    items.push(...read.items)
    cursor = read.next
    if (cursor === null) break
  }
  return { items, more: cursor !== null }
}

/** Undefined for whom it is not for: who moderated a moment ago may do so no more. */
async function readRestrictions(api: Api, channelId: ChannelId) {
  const read = await api.listRestrictions({ params: { channel_id: channelId }, query: { limit: 100 } })
  if (!read.ok && read.error.status === 403) return undefined
  const { items, next } = orFailPage(read)
  return { items, more: next !== null }
}

async function readPins(api: Api, channelId: string): Promise<readonly Message[]> {
  return orFailPage(await api.listPins({ params: { channel_id: channelId } })).items
}

async function wholeThread(api: Api, channelId: ChannelId, messageId: MessageId): Promise<ThreadSnapshot> {
  const params = { channel_id: channelId, message_id: messageId }
  const first = orFailPage(await api.getThread({ params, query: { limit: 100 } }))
  const items = [...first.items]
  let cursor = first.next
  for (let page = 1; cursor !== null && page < THREAD_PAGES_MAX; page++) {
    const more = orFailPage(await api.getThread({ params, query: { limit: 100, cursor } }))
    items.push(...more.items)
    cursor = more.next
  }
  // The head that the first page was read at: what changed since comes over the live connection.
  return { root: first.root, items, complete: cursor === null, following: first.following, seq: first.seq }
}

/** The form of a member, of somebody who is signed in. */
async function memberForm(
  event: Pick<RequestEvent, 'locals' | 'request' | 'url'> & { params: { channel_id: string } },
) {
  const { locals, request, url, params } = event
  if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
  const channelId = parseId<ChannelId>(params.channel_id)
  if (channelId === undefined) error(404, { message: 'There is no such channel.' })
  return { api: locals.api, channelId, data: await request.formData() }
}

/** The same of one that is about a mute or a ban. */
async function restrictionForm(event: Parameters<typeof memberForm>[0]) {
  const { api, channelId, data } = await memberForm(event)
  const kind = (['mute', 'ban'] as const).find((each) => each === textField(data, 'kind'))
  const userId = parseId<UserId>(textField(data, 'user_id'))
  if (kind === undefined || userId === undefined) error(404, { message: 'There is no such member.' })
  return { api, data, kind, params: { channel_id: channelId, user_id: userId } }
}

const ROLES: readonly ChannelRole[] = ['owner', 'moderator', 'member']

/** People are added by the name that one knows them by. */
async function findPerson(api: Api, username: string): Promise<Result<string, Pick<ApiError, 'status' | 'message'>>> {
  const found = await api.listUsers({ query: { q: username, limit: 100 } })
  if (!found.ok) return found
  const person = found.value.items.find((each) => each.username.toLowerCase() === username.toLowerCase())
  return person ? ok(person.id) : err({ status: 422, message: 'Nobody here has this user name.' })
}

/** What all forms of the page have in their answer. */
const NO_PROBLEM: FormProblem = { values: {}, fields: {}, message: undefined, retryAtMs: undefined }

export const actions: Actions = {
  addMember: async (event) => {
    const { api, channelId, data } = await memberForm(event)
    const username = textField(data, 'username').trim().replace(/^@/, '')
    const person = await findPerson(api, username)
    if (!person.ok) return formFailure({ code: '', ...person.error }, { username })
    const added = await api.putMember({ params: { channel_id: channelId, user_id: person.value } })
    if (!added.ok) return formFailure(added.error, { username })
    return
  },
  setRole: async (event) => {
    const { api, channelId, data } = await memberForm(event)
    const role = ROLES.find((each) => each === textField(data, 'role'))
    if (role === undefined) error(400, { message: 'There is no such role.' })
    const params = { channel_id: channelId, user_id: textField(data, 'user_id') }
    const changed = await api.changeMember({ params, body: { role } })
    if (!changed.ok) return formFailure(changed.error, {})
    return
  },
  removeMember: async (event) => {
    const { api, channelId, data } = await memberForm(event)
    const removed = await api.removeMember({ params: { channel_id: channelId, user_id: textField(data, 'user_id') } })
    if (!removed.ok) return formFailure(removed.error, {})
    return
  },
  restrict: async (event) => {
    const { api, data, ...named } = await restrictionForm(event)
    const until = endOf(textField(data, 'length'), Date.now())
    if (until === undefined) error(400, { message: 'There is no such length.' })
    const reason = textField(data, 'reason').trim()
    const request = { params: named.params, body: { until, ...(reason === '' ? {} : { reason }) } }
    const restricted = await (named.kind === 'mute' ? api.muteMember(request) : api.banMember(request))
    return restricted.ok ? { restricted: restricted.value } : formFailure(restricted.error, {})
  },
  lift: async (event) => {
    const { api, kind, params } = await restrictionForm(event)
    const lifted = await (kind === 'mute' ? api.liftMute({ params }) : api.liftBan({ params }))
    return lifted.ok ? undefined : formFailure(lifted.error, {})
  },
  undoRestriction: async (event) => {
    const { api, kind, params } = await restrictionForm(event)
    const undone = await (kind === 'mute' ? api.undoMute({ params }) : api.undoBan({ params }))
    return undone.ok ? { restricted: undone.value } : formFailure(undone.error, {})
  },
  update: async (event) => {
    const { api, channelId, data } = await memberForm(event)
    const values = {
      topic: textField(data, 'topic'),
      description: textField(data, 'description'),
      ...(data.has('name') ? { name: textField(data, 'name').trim().replace(/^#\s*/, '') } : {}),
    }
    const rateLimit = parseSlowMode(textField(data, 'slow'))
    const body = {
      ...values,
      ...(rateLimit === undefined ? {} : { rate_limit: rateLimit }),
      ...(data.has('sets_default') ? { is_default: data.has('is_default') } : {}),
      ...(data.has('sets_moderation')
        ? { moderation: data.has('moderation') ? ('on' as const) : ('off' as const) }
        : {}),
    }
    const updated = await api.updateChannel({ params: { channel_id: channelId }, body })
    if (!updated.ok) return formFailure(updated.error, values)
    redirect(303, event.url.pathname)
  },
  archive: async (event) => {
    const { api, channelId } = await memberForm(event)
    const archived = await api.archiveChannel({ params: { channel_id: channelId } })
    if (!archived.ok) return formFailure(archived.error, {})
    redirect(303, event.url.pathname)
  },
  restore: async (event) => {
    const { api, channelId } = await memberForm(event)
    const restored = await api.restoreChannel({ params: { channel_id: channelId } })
    if (!restored.ok) return formFailure(restored.error, {})
    redirect(303, event.url.pathname)
  },
  follow: async (event) => {
    const { api, channelId, data } = await memberForm(event)
    const messageId = parseId<MessageId>(textField(data, 'message_id'))
    if (messageId === undefined) error(404, { message: 'There is no such thread.' })
    const params = { channel_id: channelId, message_id: messageId }
    const on = textField(data, 'following') === '1'
    const answer = await (on ? api.followThread({ params }) : api.unfollowThread({ params }))
    if (!answer.ok) return formFailure(answer.error, {})
    return
  },
  join: async (event) => {
    const { api, channelId } = await memberForm(event)
    const joined = await api.putMember({ params: { channel_id: channelId, user_id: 'me' } })
    if (!joined.ok) return formFailure(joined.error, {})
    redirect(303, event.url.pathname)
  },
  leave: async (event) => {
    const { api, channelId } = await memberForm(event)
    const left = await api.removeMember({ params: { channel_id: channelId, user_id: 'me' } })
    if (!left.ok) return formFailure(left.error, {})
    redirect(303, '/chat')
  },
  /** What a poll does without script. Without a choice the votes are taken back. */
  vote: async (event) => {
    const { api, channelId, data } = await memberForm(event)
    const messageId = parseId<MessageId>(textField(data, 'message_id'))
    if (messageId === undefined) error(404, { message: 'There is no such poll.' })
    const chosen = data.has('none') ? [] : data.getAll('option').map(Number)
    const options = [...new Set(chosen.filter((place) => Number.isInteger(place) && place >= 0))]
    const voted = await api.votePoll({ params: { channel_id: channelId, message_id: messageId }, body: { options } })
    if (!voted.ok) return formFailure(voted.error, { poll_id: messageId })
    const kept = (name: string): string | undefined => event.url.searchParams.get(name) ?? undefined
    const query = { thread: kept('thread'), before: kept('before'), message: kept('message') }
    redirect(303, event.url.pathname + withQuery(query))
  },
  /** Of a visitor, who has not signed in: in the demo user's name. */
  say: async ({ locals, params, request, url }) => {
    const channelId = parseId<ChannelId>(params.channel_id)
    if (channelId === undefined) error(404, { message: 'There is no such channel.' })
    const data = await request.formData()
    const content = textField(data, 'content').replaceAll('\r\n', '\n')
    if (await locals.session()) {
      const message = 'You have signed in meanwhile. Load the page again, and send it as yourself.'
      return formFailure({ status: 409, code: '', message }, { content })
    }
    const clientId = parseId<ClientId>(textField(data, 'client_id'))
    const once = clientId === undefined ? {} : { client_id: clientId }
    const sent = await locals.api.sendMessage({ params: { channel_id: channelId }, body: { content, ...once } })
    if (!sent.ok) {
      // What is sent again is the same message, unless another text has gone out under this id.
      return formFailure(sent.error, { content, ...(sent.error.code === 'message.client_id_conflict' ? {} : once) })
    }
    if (sent.value.status !== 'visible') return { ...NO_PROBLEM, held: sent.value.held_for }
    redirect(303, url.pathname)
  },
  /** What the composer does without script. */
  send: async ({ locals, params, request, url }) => {
    if (!(await locals.session())) redirect(303, withNext('/sign-in', url.pathname))
    const channelId = parseId<ChannelId>(params.channel_id)
    if (channelId === undefined) error(404, { message: 'There is no such channel.' })
    const data = await request.formData()
    const content = textField(data, 'content').replaceAll('\r\n', '\n')
    const threadId = textField(data, 'thread_id')
    const body = { content, ...(threadId === '' ? {} : { thread_id: threadId }) }
    const sent = await locals.api.sendMessage({ params: { channel_id: channelId }, body })
    if (!sent.ok) return formFailure(sent.error, { content })
    redirect(303, url.pathname + withQuery({ thread: threadId === '' ? undefined : threadId }))
  },
}
