/**
 * The one table of error codes. Every door (REST, socket, SSE, gRPC, command line) answers with a code from here; what differs by
 * door is only how it is carried. `retryable` means that the same request may succeed later without being changed.
 */
export interface ErrorDefinition {
  /** HTTP status. */
  readonly http: number
  /** WebSocket close code, for those errors that end a live connection. */
  readonly close?: number
  readonly retryable: boolean
  /** What a person reads when nothing more exact is known. Says what to do. */
  readonly message: string
}

export const ERRORS = {
  'request.malformed': { http: 400, retryable: false, message: 'The request is not valid JSON.' },
  'request.invalid': { http: 422, retryable: false, message: 'A field of the request is not valid.' },
  'request.too_large': { http: 413, retryable: false, message: 'The request is larger than allowed.' },
  'request.headers_too_large': {
    http: 431,
    retryable: false,
    message: 'The address and the headers of the request are larger than allowed.',
  },
  'request.too_slow': { http: 408, retryable: true, message: 'The request did not arrive whole in time.' },
  'request.unsupported_media_type': {
    http: 415,
    retryable: false,
    message: 'Send JSON: content-type: application/json.',
  },
  'request.forbidden_origin': {
    http: 403,
    retryable: false,
    message:
      'Requests from this origin are not accepted. If it is an address of this Glasshouse, its operator sets PUBLIC_URL to it.',
  },
  'request.csrf': {
    http: 403,
    retryable: false,
    message: 'The x-csrf-token header is missing or wrong. Reload the page.',
  },
  not_found: { http: 404, retryable: false, message: 'There is nothing here, or nothing that you may see.' },
  method_not_allowed: { http: 405, retryable: false, message: 'This path does not take that method.' },
  'auth.required': { http: 401, close: 4401, retryable: false, message: 'Sign in first.' },
  'auth.invalid_credentials': { http: 401, retryable: false, message: 'The name or the password is wrong.' },
  'auth.invalid_token': { http: 401, close: 4401, retryable: false, message: 'The token is not valid, or no longer.' },
  'auth.session_ended': { http: 401, close: 4401, retryable: false, message: 'This session has ended. Sign in again.' },
  'auth.throttled': {
    http: 429,
    retryable: true,
    message: 'Too many failed attempts to sign in. Wait, then try again.',
  },
  'permission.denied': { http: 403, retryable: false, message: 'Your role does not allow this.' },
  'registration.closed': {
    http: 403,
    retryable: false,
    message: 'Registration is closed. Ask an administrator for an account.',
  },
  'setup.done': { http: 409, retryable: false, message: 'The first administrator exists already. Sign in.' },
  'setup.wrong_code': { http: 403, retryable: false, message: 'That is not the code that the terminal shows.' },
  'user.username_taken': { http: 409, retryable: false, message: 'This user name is taken.' },
  'user.email_taken': { http: 409, retryable: false, message: 'This email address is taken.' },
  'user.password_common': {
    http: 422,
    retryable: false,
    message: 'This password is among the most common ones. Choose another.',
  },
  'user.wrong_password': { http: 403, retryable: false, message: 'This is not your present password.' },
  'channel.name_taken': { http: 409, retryable: false, message: 'A channel with this name exists.' },
  'channel.archived': {
    http: 409,
    retryable: false,
    message: 'This channel is archived: it can be read, not written.',
  },
  'channel.fixed': {
    http: 409,
    retryable: false,
    message: 'This cannot be changed of this channel.',
  },
  'channel.last_owner': {
    http: 409,
    retryable: false,
    message: 'A private channel keeps an owner: make another member one first.',
  },
  'message.too_many_held': {
    http: 429,
    retryable: true,
    message: 'As many messages wait for a moderator here as may. Wait until one has looked at them.',
  },
  'message.would_be_held': {
    http: 409,
    retryable: false,
    message: 'In this channel such a text waits for a moderator. Send it as a new message.',
  },
  'channel.muted': { http: 403, retryable: false, message: 'A moderator has muted you in this channel.' },
  'channel.banned': { http: 403, retryable: false, message: 'This person is banned from this channel.' },
  'moderation.decided': { http: 409, retryable: false, message: 'Somebody has decided about this message already.' },
  'moderation.not_undoable': { http: 409, retryable: false, message: 'This decision cannot be undone, or no longer.' },
  'moderation.cannot_post': {
    http: 409,
    retryable: false,
    message: 'Its author cannot write in this channel any more, so it cannot be posted.',
  },
  'member.unknown_user': { http: 422, retryable: false, message: 'There is no such person, or no longer.' },
  'message.client_id_conflict': {
    http: 409,
    retryable: false,
    message: 'This client_id was used for another content. Use a new one for a new message.',
  },
  'message.thread_not_found': {
    http: 422,
    retryable: false,
    message: 'The message to which this is a reply is not in this channel, or is a reply itself.',
  },
  'message.rate_limited': {
    http: 429,
    retryable: true,
    message: 'Too many messages in a short time. Wait, then go on.',
  },
  'message.changed_too_often': {
    http: 429,
    retryable: true,
    message: 'Too many changes of messages in a short time. Wait, then go on.',
  },
  'message.too_many_reactions': {
    http: 409,
    retryable: false,
    message: 'This message has as many different reactions as it may. Use one that is there.',
  },
  'channel.too_many_pins': {
    http: 409,
    retryable: false,
    message: 'This channel has as many pinned messages as it may. Unpin one first.',
  },
  'poll.ended': { http: 409, retryable: false, message: 'This poll has ended.' },
  'message.too_many_saved': {
    http: 409,
    retryable: false,
    message: 'You have saved as many messages as you may. Remove one first.',
  },
  'draft.changed': {
    http: 409,
    retryable: false,
    message: 'This draft was written anew elsewhere. Read it, then name its version.',
  },
  'scheduled.too_many': {
    http: 409,
    retryable: false,
    message: 'You have as many scheduled messages as you may. Cancel one first.',
  },
  'scheduled.client_id_conflict': {
    http: 409,
    retryable: false,
    message: 'This client_id was used for another message, or for one that does not wait any more. Use a new one.',
  },
  'scheduled.sending': { http: 409, retryable: false, message: 'This message is being sent just now.' },
  'reminder.too_many': {
    http: 409,
    retryable: false,
    message: 'You have as many reminders as you may. Be done with one first.',
  },
  'draft.too_many': {
    http: 409,
    retryable: false,
    message: 'You have as many drafts as you may. Send or empty one first.',
  },
  'group.name_taken': { http: 409, retryable: false, message: 'A person or a group has this name.' },
  'group.too_many': {
    http: 409,
    retryable: false,
    message: 'There are as many groups as there may be. Delete one first.',
  },
  'group.too_many_members': { http: 409, retryable: false, message: 'This group has as many members as it may.' },
  'live.invalid_frame': { http: 400, retryable: false, message: 'The frame is not valid.' },
  'live.protocol_violation': { http: 400, close: 4400, retryable: false, message: 'Too many invalid frames.' },
  'live.unknown_stream': { http: 404, retryable: false, message: 'There is no such stream, or you may not see it.' },
  'live.too_many_subscriptions': {
    http: 429,
    retryable: false,
    message: 'This connection has as many subscriptions as it may.',
  },
  'live.too_many_opens': { http: 429, retryable: true, message: 'Too many live connections, one after the other.' },
  'live.too_many_sockets': { http: 429, retryable: true, message: 'Too many live connections at once.' },
  'live.replaced': {
    http: 409,
    close: 4409,
    retryable: false,
    message: 'A newer connection took this session. Open another one without its id.',
  },
  'live.too_fast': { http: 429, close: 4429, retryable: true, message: 'Too many frames a second.' },
  'live.heartbeat': { http: 408, close: 4408, retryable: true, message: 'The heartbeat was not answered.' },
  'live.too_slow': {
    http: 503,
    close: 4408,
    retryable: true,
    message: 'The connection did not take its frames in time.',
  },
  'live.frame_too_large': { http: 413, close: 1009, retryable: false, message: 'The frame is larger than allowed.' },
  'server.overloaded': { http: 503, retryable: true, message: 'Too much is waiting to be done. Try again shortly.' },
  'server.restarting': {
    http: 503,
    close: 4503,
    retryable: true,
    message: 'The server is restarting. Reconnect in a moment.',
  },
  'server.not_ready': { http: 503, retryable: true, message: 'The server is not ready yet.' },
  'server.internal': {
    http: 500,
    retryable: true,
    message: 'Something broke on the server. The log has it under the request id.',
  },
} as const satisfies Record<string, ErrorDefinition>

export type ErrorCode = keyof typeof ERRORS

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[]

export function errorDefinition(code: ErrorCode): ErrorDefinition {
  return ERRORS[code]
}

/** What a use case answers when it refuses. Carried by each door in its own form. */
export interface Failure {
  readonly code: ErrorCode
  /** More exact than the table's message. */
  readonly message?: string
  /** The field at fault, as a dotted path into the request. */
  readonly path?: string
  readonly retryAfterMs?: number
}

export function failure(code: ErrorCode, more: Omit<Failure, 'code'> = {}): Failure {
  return { code, ...more }
}

export function failureMessage(refusal: Failure): string {
  return refusal.message ?? ERRORS[refusal.code].message
}
