/** Every REST route. openapi.json is generated from here, and the gateway refuses to start when a route has no endpoint. */
import Type from 'typebox'
import { ChannelList, ChannelSnapshot, CreateChannelRequest } from './channels.ts'
import type { Route } from './endpoints.ts'
import { CLOSED, Id, PageLimit, Seq, Timestamp, UUID_PATTERN } from './fields.ts'
import { ChangeMemberRequest, Member, MemberList } from './members.ts'
import {
  EditMessageRequest,
  Message,
  MessageEditList,
  MessageList,
  PinList,
  SendMessageRequest,
  Thread,
} from './messages.ts'
import { Site } from './site.ts'
import {
  LoginAnswer,
  LoginRequest,
  PublicUser,
  PublicUserList,
  RefreshRequest,
  RegisterRequest,
  SetupRequest,
  User,
  WebSession,
} from './users.ts'

const Cursor = Type.String({ minLength: 1, maxLength: 200 })
const ME_OR_UUID = `^me$|${UUID_PATTERN}`
const channelParams = Type.Object({ channel_id: Id })
const memberParams = Type.Object({
  channel_id: Id,
  user_id: Type.String({ pattern: ME_OR_UUID, description: 'a UUID, or `me` for oneself' }),
})
const messageParams = Type.Object({ channel_id: Id, message_id: Id })
const reactionParams = Type.Object({
  channel_id: Id,
  message_id: Id,
  emoji: Type.String({ minLength: 1, maxLength: 100, description: 'an emoji, percent-encoded' }),
})
const page = { limit: Type.Optional(PageLimit), cursor: Type.Optional(Cursor) }

export const ROUTES = {
  getSite: {
    method: 'GET',
    path: '/site',
    summary: 'What anybody may know of this house',
    permission: 'site.read',
    answers: { 200: Site },
  },
  setUp: {
    method: 'POST',
    path: '/setup',
    summary: 'Make the first administrator, with the code that the terminal shows',
    permission: 'user.register',
    body: SetupRequest,
    answers: { 201: User },
  },

  register: {
    method: 'POST',
    path: '/users',
    summary: 'Register',
    permission: 'user.register',
    body: RegisterRequest,
    answers: { 201: User },
  },
  listUsers: {
    method: 'GET',
    path: '/users',
    summary: 'People, by name',
    permission: 'user.read_public',
    query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })), ...page }, CLOSED),
    answers: { 200: PublicUserList },
  },
  getSelf: {
    method: 'GET',
    path: '/users/me',
    summary: 'Who am I',
    permission: 'user.read_self',
    answers: { 200: User },
  },
  getUser: {
    method: 'GET',
    path: '/users/{user_id}',
    summary: 'One person; with all fields for oneself and administrators',
    permission: 'user.read_public',
    params: Type.Object({ user_id: Id }),
    answers: { 200: Type.Union([User, PublicUser]) },
  },

  login: {
    method: 'POST',
    path: '/users/login',
    summary: 'Sign in a program: tokens',
    permission: 'user.sign_in',
    body: LoginRequest,
    answers: { 200: LoginAnswer },
  },
  loginAlias: {
    method: 'POST',
    path: '/auth/login',
    summary: 'The same as POST /users/login',
    permission: 'user.sign_in',
    body: LoginRequest,
    answers: { 200: LoginAnswer },
  },
  refresh: {
    method: 'POST',
    path: '/auth/refresh',
    summary: 'Exchange a refresh token; using one twice ends its session',
    permission: 'user.sign_in',
    body: RefreshRequest,
    answers: { 200: LoginAnswer },
  },
  logout: {
    method: 'POST',
    path: '/auth/logout',
    summary: 'End this session, of a program or a browser',
    permission: 'session.end_own',
    answers: { 204: null },
  },
  createWebSession: {
    method: 'POST',
    path: '/auth/sessions',
    summary: 'Sign in a browser: a cookie',
    permission: 'user.sign_in',
    body: LoginRequest,
    answers: { 201: WebSession },
  },
  getWebSession: {
    method: 'GET',
    path: '/auth/sessions/current',
    summary: "The browser's session",
    permission: 'user.read_self',
    answers: { 200: WebSession },
  },
  endWebSession: {
    method: 'DELETE',
    path: '/auth/sessions/current',
    summary: "End the browser's session",
    permission: 'session.end_own',
    answers: { 204: null },
  },

  listChannels: {
    method: 'GET',
    path: '/channels',
    summary:
      'Channels that the caller may see, by name; with `joined` those that they are in, or those that they are not in',
    permission: 'channel.list',
    query: Type.Object({ joined: Type.Optional(Type.Boolean()), ...page }, CLOSED),
    answers: { 200: ChannelList },
  },
  createChannel: {
    method: 'POST',
    path: '/channels',
    summary: 'Create a channel',
    permission: 'channel.create_public',
    body: CreateChannelRequest,
    answers: { 201: ChannelSnapshot },
  },
  getChannel: {
    method: 'GET',
    path: '/channels/{channel_id}',
    summary: 'One channel',
    permission: 'lobby.read',
    params: channelParams,
    answers: { 200: ChannelSnapshot },
  },
  listMembers: {
    method: 'GET',
    path: '/channels/{channel_id}/members',
    summary: 'Who is in a channel, longest first',
    permission: 'channel.read_member',
    params: channelParams,
    query: Type.Object({ ...page }, CLOSED),
    answers: { 200: MemberList },
  },
  putMember: {
    method: 'PUT',
    path: '/channels/{channel_id}/members/{user_id}',
    summary: 'Add somebody to a channel, or join a public one with `me`; 200 for who is in it already',
    permission: 'member.change',
    params: memberParams,
    answers: { 200: Member, 201: Member },
  },
  changeMember: {
    method: 'PATCH',
    path: '/channels/{channel_id}/members/{user_id}',
    summary: "Set a member's role",
    permission: 'member.change',
    params: memberParams,
    body: ChangeMemberRequest,
    answers: { 200: Member },
  },
  removeMember: {
    method: 'DELETE',
    path: '/channels/{channel_id}/members/{user_id}',
    summary: 'Remove somebody from a channel, or leave it with `me`',
    permission: 'member.change',
    params: memberParams,
    answers: { 204: null },
  },
  listMessages: {
    method: 'GET',
    path: '/channels/{channel_id}/messages',
    summary:
      'History, newest first; `before` and `after` are seqs, exclusive; `from` (inclusive) and `to` (exclusive) are times',
    permission: 'lobby.read',
    params: channelParams,
    query: Type.Object(
      {
        before: Type.Optional(Seq),
        after: Type.Optional(Seq),
        from: Type.Optional(Timestamp),
        to: Type.Optional(Timestamp),
        ...page,
      },
      CLOSED,
    ),
    answers: { 200: MessageList },
  },
  sendMessage: {
    method: 'POST',
    path: '/channels/{channel_id}/messages',
    summary:
      'Send a message; the first one joins the channel. Repeated with the same client_id it answers 200 with the first message',
    permission: 'message.send_member',
    params: channelParams,
    body: SendMessageRequest,
    answers: { 200: Message, 201: Message },
  },
  getMessage: {
    method: 'GET',
    path: '/channels/{channel_id}/messages/{message_id}',
    summary: 'One message',
    permission: 'lobby.read',
    params: messageParams,
    answers: { 200: Message },
  },
  editMessage: {
    method: 'PATCH',
    path: '/channels/{channel_id}/messages/{message_id}',
    summary: "Edit a message of one's own; moderators can read what it said before",
    permission: 'message.change_own',
    params: messageParams,
    body: EditMessageRequest,
    answers: { 200: Message },
  },
  deleteMessage: {
    method: 'DELETE',
    path: '/channels/{channel_id}/messages/{message_id}',
    summary: 'Delete a message: its author, moderators of the channel, administrators. Its replies stay',
    permission: 'message.change_own',
    params: messageParams,
    answers: { 204: null },
  },
  listMessageEdits: {
    method: 'GET',
    path: '/channels/{channel_id}/messages/{message_id}/edits',
    summary: 'What a message said before it was edited, oldest first; for moderators of the channel and administrators',
    permission: 'channel.read_public',
    params: messageParams,
    answers: { 200: MessageEditList },
  },
  addReaction: {
    method: 'PUT',
    path: '/channels/{channel_id}/messages/{message_id}/reactions/{emoji}',
    summary: 'React to a message; once more changes nothing',
    permission: 'message.react',
    params: reactionParams,
    answers: { 200: Message },
  },
  removeReaction: {
    method: 'DELETE',
    path: '/channels/{channel_id}/messages/{message_id}/reactions/{emoji}',
    summary: "Take one's own reaction back; once more changes nothing",
    permission: 'message.react',
    params: reactionParams,
    answers: { 200: Message },
  },
  pinMessage: {
    method: 'PUT',
    path: '/channels/{channel_id}/messages/{message_id}/pin',
    summary: 'Pin a message to its channel; once more changes nothing',
    permission: 'message.pin',
    params: messageParams,
    answers: { 200: Message },
  },
  unpinMessage: {
    method: 'DELETE',
    path: '/channels/{channel_id}/messages/{message_id}/pin',
    summary: 'Unpin a message; once more changes nothing',
    permission: 'message.pin',
    params: messageParams,
    answers: { 200: Message },
  },
  listPins: {
    method: 'GET',
    path: '/channels/{channel_id}/pins',
    summary: 'The pinned messages of a channel, the newest pin first',
    permission: 'lobby.read',
    params: channelParams,
    answers: { 200: PinList },
  },
  getThread: {
    method: 'GET',
    path: '/channels/{channel_id}/messages/{message_id}/thread',
    summary: 'A message and its replies, oldest first',
    permission: 'lobby.read',
    params: messageParams,
    query: Type.Object({ ...page }, CLOSED),
    answers: { 200: Thread },
  },
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof ROUTES
