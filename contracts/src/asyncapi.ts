/** The live protocol as an AsyncAPI 3.0 document, from the same frames that the gateway checks. */
import type { TSchema } from 'typebox'
import * as channels from './channels.ts'
import { ERROR_CODES, errorDefinition } from './errors.ts'
import { EVENT_STREAM_ROUTE, EventStreamQuery } from './event-stream.ts'
import { CLIENT_FRAMES, SERVER_FRAMES, SharedChannel } from './frames.ts'
import * as messages from './messages.ts'
import { namedSchemas, objectSchemas, type Json, type NamedSchemas } from './named-schemas.ts'
import { Poll, PollOption } from './polls.ts'
import { CustomStatus } from './presence.ts'
import { CLOSE_CODES, PROTOCOL_VERSION, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from './protocol.ts'
import { PublicUser } from './users.ts'

const DESCRIPTION = [
  'The live connection. JSON text frames, one object each; `type` tells them apart.',
  'The same frames of the server travel as Server-Sent Events too; commands then go over REST.',
  `Subprotocols: \`${SUBPROTOCOL}\`, and \`${TOKEN_SUBPROTOCOL_PREFIX}<jwt>\` for programs; a browser session's cookie does without.`,
].join(' ')

export function asyncApiDocument(version: string): Json {
  const schemas = namedSchemas({
    Channel: channels.Channel,
    SharedChannel,
    PublicUser,
    CustomStatus,
    ...objectSchemas({ Mention: messages.Mention, Poll, PollOption, Reaction: messages.Reaction }),
  })
  const frames: [key: string, type: string, schema: TSchema][] = [
    ...Object.entries(CLIENT_FRAMES).map(([type, schema]): [string, string, TSchema] => [
      clientKey(type),
      type,
      schema,
    ]),
    ...Object.entries(SERVER_FRAMES).map(([type, schema]): [string, string, TSchema] => [type, type, schema]),
  ]
  const reference = (type: string): Json => ({ $ref: `#/channels/live/messages/${type}` })
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Glasshouse live protocol',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: {
      live: {
        address: '/ws',
        messages: Object.fromEntries(frames.map(([key]) => [key, { $ref: `#/components/messages/${key}` }])),
        bindings: { ws: { method: 'GET' } },
        'x-protocol-version': PROTOCOL_VERSION,
        'x-close-codes': closeCodes(),
      },
      events: {
        address: `/api${EVENT_STREAM_ROUTE.path}`,
        description: EVENT_STREAM_ROUTE.summary,
        messages: Object.fromEntries(
          Object.keys(SERVER_FRAMES).map((type) => [type, { $ref: `#/components/messages/${type}` }]),
        ),
        bindings: { http: { method: EVENT_STREAM_ROUTE.method, query: schemas.write(EventStreamQuery) } },
      },
    },
    operations: {
      receive: {
        action: 'receive',
        summary: 'What a client sends',
        channel: { $ref: '#/channels/live' },
        messages: Object.keys(CLIENT_FRAMES).map((type) => reference(clientKey(type))),
      },
      send: {
        action: 'send',
        summary: 'What the server sends',
        channel: { $ref: '#/channels/live' },
        messages: Object.keys(SERVER_FRAMES).map(reference),
      },
      sendEvents: {
        action: 'send',
        summary: 'What the server sends as Server-Sent Events',
        channel: { $ref: '#/channels/events' },
        messages: Object.keys(SERVER_FRAMES).map((type): Json => ({ $ref: `#/channels/events/messages/${type}` })),
      },
    },
    components: {
      messages: Object.fromEntries(frames.map(([key, type, schema]) => [key, message(type, schema, schemas)])),
      schemas: schemas.definitions(),
    },
  }
}

/** What both sides say by the same word is two messages in the document. */
function clientKey(type: string): string {
  return type in SERVER_FRAMES ? `${type}.client` : type
}

function message(type: string, schema: TSchema, schemas: NamedSchemas): Json {
  return { name: type, payload: schemas.write(schema) }
}

/** Each close code with its name and the error codes that end a connection with it. */
function closeCodes(): Json {
  return Object.fromEntries(
    Object.entries(CLOSE_CODES).map(([name, code]) => [
      String(code),
      { name, errors: ERROR_CODES.filter((error) => errorDefinition(error).close === code) },
    ]),
  )
}
