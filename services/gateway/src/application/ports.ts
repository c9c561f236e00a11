/** What the gateway needs of the other services; wired in server. */
import type {
  Caller,
  ChangeFrame,
  ClientFrame,
  DeviceState,
  Failure,
  HeldMessage,
  Message,
  Presence,
  ServerFrame,
  StreamName,
  TypingFrame,
} from '@glasshouse/contracts'
import type { AuthSessionId, DeviceId, Result, UserId } from '@glasshouse/kernel'
import type { EncodedFrame } from '../domain/fan-out.ts'

export interface ChangePage {
  /** In the order of `changed_seq`; numbers may be missing between them. */
  readonly changes: readonly ChangeFrame[]
  /** Everything up to here is in this page or was known at `after`. Greater than `after` unless the head is reached. */
  readonly through: number
  /** The stream's head as this read saw it. */
  readonly head: number
}

/** Somebody wants to watch a stream. */
export interface StreamRequest {
  readonly caller: Caller | undefined
  readonly stream: StreamName
}

/** All changes up to the head are readable. Or why the stream is not for this caller. */
export type OpenedStream = Result<{ readonly head: number }, Failure>

/** The owner of the streams. Each adapter passes stream-source.contract.ts. */
export interface StreamSource {
  /**
   * Asks whether each caller may watch the stream, and its head: all changes up to it are readable, and the permission is no older than
   * it. In the order of the requests, with a few queries for all of them. Throws when the store cannot be read.
   */
  openMany(requests: readonly StreamRequest[]): Promise<readonly OpenedStream[]>
  /** The current state of what changed after `after`, at most `limit` of it. Throws when the store cannot be read. */
  changes(stream: StreamName, after: number, limit: number): Promise<ChangePage>
  /**
   * Whose watch of its stream ends with this change: they get it, and nothing after it. Undefined when nobody's, which it nearly always
   * is. Pure: it is asked of each change, and its answer of each who watches.
   */
  endsWatch(change: ChangeFrame): ((caller: Caller | undefined) => boolean) | undefined
  /** The short cut: each change right after its commit, in order for one stream. It may lose and repeat. Returns how to stop. */
  onChange(listener: (change: ChangeFrame) => void): () => void
  /** The long way: the head of a stream has reached this. At least once for the last change. Returns how to stop. */
  onStreamAdvanced(listener: (stream: StreamName, head: number) => void): () => void
}

export type TypingCommand = Omit<Extract<ClientFrame, { type: 'typing' }>, 'type'>

/** Who types where: of the moment, at most once. Each adapter passes typing-source.contract.ts. */
export interface TypingSource {
  /** Asks whether the caller may see who types there. */
  open(caller: Caller | undefined, stream: StreamName): Promise<Result<void, Failure>>
  /** The caller types. What is said too often is dropped without a word. */
  announce(caller: Caller, request: TypingCommand): Promise<Result<void, Failure>>
  /** Somebody types, whoever may see it. Returns how to stop. */
  onTyping(listener: (typing: TypingFrame) => void): () => void
}

/** Who is here. Each adapter passes presence-source.contract.ts. */
export interface PresenceSource {
  /** Whether the caller may know how people are. */
  permit(caller: Caller): Result<void, Failure>
  /** How these people are now, each of them; the same for all who may know it. Throws when that cannot be read. */
  find(userIds: readonly UserId[]): Promise<readonly Presence[]>
  /** These people may be another way than before: ask again. At most once. Returns how to stop. */
  onChange(listener: (userIds: readonly UserId[]) => void): () => void
  /** A connection of the caller's stands; `acted`: they did something there just now. */
  deviceHere(caller: Caller, deviceId: DeviceId, device: { readonly state: DeviceState; readonly acted: boolean }): void
  deviceLeft(caller: Caller, deviceId: DeviceId): void
}

export type SendMessageCommand = Omit<Extract<ClientFrame, { type: 'send_message' }>, 'type'>

export interface Commands {
  /**
   * Answers after the commit. Sends of one connection arrive in order, and are not waited for before the next is handed over. Of a visitor
   * nothing is known but the network address.
   */
  sendMessage(
    caller: Caller | undefined,
    request: SendMessageCommand,
    address: string,
  ): Promise<Result<{ readonly message: Message | HeldMessage; readonly repeated: boolean }, Failure>>
}

export interface Authentication {
  /** `auth.invalid_token` or `auth.session_ended` for a token that is not good, or no longer. */
  authenticateToken(token: string): Promise<Result<Caller, Failure>>
  /** The same for the sealed value of a browser session's cookie. */
  authenticateCookie(sealed: string): Promise<Result<Caller, Failure>>
  /** Whether this is the token that the browser session was given for its unsafe requests. */
  checkCsrf(sessionId: AuthSessionId, csrfToken: string): boolean
  /** A session has ended (sign-out, disabled account): what it opened is to be closed. Returns how to stop. */
  onSessionEnded(listener: (sessionId: AuthSessionId) => void): () => void
}

/** Fields first, as pino has it. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The machine's side of one live connection. */
interface AnyWire {
  /** True when the system has taken all bytes; otherwise `LiveConnection.written` is called when it has. */
  write(bytes: Uint8Array): boolean
  /** Sends what was written, then why it ends; cuts the connection when that is not taken in time. */
  close(code: number, refusal: Failure): void
}

export interface SocketWire extends AnyWire {
  readonly kind: 'web_socket'
  pauseReading(): void
  resumeReading(): void
  /** Sends a ping; the client's pong carries the same label. */
  ping(label: string): void
}

/** One way only: nothing comes back. */
export interface EventWire extends AnyWire {
  readonly kind: 'event_stream'
  /** Bytes that say nothing but that the connection lives. */
  readonly comment: Uint8Array
  /** Bytes that tell the client its place, for when it comes back. */
  place(cursor: string): Uint8Array
}

export type Wire = SocketWire | EventWire

/** Encodes a frame for whatever wires want it. */
export type EncodeFrame = (frame: ServerFrame) => EncodedFrame
