import { DEMO_USER_ID, type Caller, type Endpoint, type Failure, type UserEvent } from '@glasshouse/contracts'
import type { Result, Service } from '@glasshouse/kernel'
import { TypingAnnouncer } from './application/announce-typing.ts'
import { MessageChanger } from './application/change-message.ts'
import { ChangeRates } from './application/change-rates.ts'
import { ChannelRules } from './application/channel-rules.ts'
import { createChannelStreams, type ChannelStreams } from './application/channel-streams.ts'
import type { ChatContext } from './application/context.ts'
import { createEndpoints } from './application/endpoints.ts'
import { createHistoryImport, type HistoryImport } from './application/import-history.ts'
import { joinDefaultChannels } from './application/join-default-channels.ts'
import { PeoplePresence } from './application/people-presence.ts'
import { CHAT_LIMITS, type ChatPorts } from './application/ports.ts'
import { LaterWorker } from './application/later-worker.ts'
import { MessageSender } from './application/send-message.ts'
import type { SendRequest, SentMessage } from './application/sending.ts'
import { StreamListeners } from './application/stream-listeners.ts'
import { UserNames } from './application/user-names.ts'

export type { ChannelStreams } from './application/channel-streams.ts'
export type { TypingRequest } from './application/announce-typing.ts'
export type { HistoryImport, ImportedChannel, ImportedMessage } from './application/import-history.ts'
export {
  CHAT_LIMITS,
  type ChatLimits,
  type ChatPorts,
  type ChatSettings,
  type RateLimitSetting,
  type UserRecord,
} from './application/ports.ts'
export type { SendRequest, SentMessage } from './application/sending.ts'
export { LOBBY_ID, LOBBY_NAME, type LobbyAccess } from './domain/lobby.ts'

export interface Chat extends HistoryImport {
  readonly endpoints: readonly Endpoint[]
  /** `address`: where it came from, for who has not signed in. */
  sendMessage(caller: Caller | undefined, request: SendRequest, address?: string): Promise<Result<SentMessage, Failure>>
  readonly streams: ChannelStreams
  /** Who types where, for the live hub. */
  readonly typing: TypingAnnouncer
  /** Who is here, for the live hub. */
  readonly people: PeoplePresence
  /** From identity's outbox. May repeat, and come late. */
  onUserEvent(event: UserEvent): Promise<void>
  /** In the order in which they are to be started. */
  readonly services: readonly Service[]
}

/** A device tells what was read about once a second. */
const READ_RATE_LIMIT = { count: 200, windowS: 10 }

/** A list is edited by a person, as a whole. */
const WORD_RATE_LIMIT = { count: 20, windowS: 60 }

/** Makes the chat service. Nothing runs, and nothing is read, before its services are run. */
export function createChat(ports: ChatPorts): Chat {
  const limits = { ...CHAT_LIMITS, ...ports.limits }
  const listeners = new StreamListeners(ports.log)
  const relay = ports.createRelay((advances) => listeners.advanced(advances))
  const { users, fetchUsers, log } = ports
  const names = new UserNames({ replica: users, fetchUsers, cachedUsersMax: limits.cachedUsersMax, log })
  const people = new PeoplePresence({ ...ports, limits, log })
  const changeRates = new ChangeRates({
    bytesMax: limits.changeRateLimitBytesMax,
    limit: ports.settings.changeRateLimit,
    clock: ports.clock,
  })
  const readRates = new ChangeRates({
    bytesMax: limits.changeRateLimitBytesMax,
    limit: READ_RATE_LIMIT,
    clock: ports.clock,
  })
  const wordRates = new ChangeRates({
    bytesMax: limits.changeRateLimitBytesMax,
    limit: WORD_RATE_LIMIT,
    clock: ports.clock,
  })
  const rules = new ChannelRules(ports, limits.cachedRulesMax)
  const pokeRelay = (): void => relay.poke()
  const context: ChatContext = {
    ports,
    limits,
    names,
    people,
    listeners,
    changeRates,
    readRates,
    wordRates,
    rules,
    pokeRelay,
  }
  const sender = new MessageSender(context)
  const changer = new MessageChanger(context)
  const later = new LaterWorker(context, sender)

  const sending: Service = {
    name: 'chat',
    async run() {
      await ports.channels.ensureLobby(ports.clock.nowMs())
      await sender.restoreRates()
      // At hand from the first message on, so that visitors' messages keep their order.
      if (ports.settings.lobbyAccess === 'demo') await names.find(new Set([DEMO_USER_ID]))
    },
    drain: () => sender.drain(),
    async stop() {},
  }
  return {
    ...createHistoryImport(context),
    endpoints: createEndpoints(context, { sender, changer, later }),
    sendMessage: (caller, request, address) => sender.send(caller, request, address),
    streams: createChannelStreams(context),
    typing: new TypingAnnouncer(context),
    people,
    async onUserEvent(event) {
      await names.onUserEvent(event)
      await joinDefaultChannels(context, event)
    },
    services: [relay.service, sending, people.service, later.service],
  }
}
