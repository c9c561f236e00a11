/** Chat's streams, wired as the server wires them, are what the gateway's live hub relies on. */
import { channelStream } from '@glasshouse/contracts'
import { streamSourceContract } from '@glasshouse/gateway/testing/stream-source-contract'
import { newId, shutDown, type ChannelId } from '@glasshouse/kernel'
import { createLogger } from '@glasshouse/platform'
import { startTestDatabase } from '@glasshouse/platform/testing'
import { readConfig } from './config.ts'
import { openHouse } from './house.ts'

const STEP_TIMEOUT_MS = 10_000

streamSourceContract('chat, as the server wires it,', async () => {
  const database = await startTestDatabase()
  const config = readConfig({ CHANNEL_RATE_LIMIT: '10000/1' })
  if (!config.ok) throw new Error(config.error)
  const opened = await openHouse({
    config: config.value,
    secrets: { session: Buffer.alloc(64, 1), jwt: [Buffer.alloc(64, 2)], databasePassword: '' },
    connectionString: database.connectionString,
    role: 'test',
    logger: createLogger({ format: 'json', level: 'error' }),
  })
  if (!opened.ok) throw new Error(opened.error)
  const house = opened.value
  const { identity, chat, services } = house
  for (const service of services) await service.run()

  const person = await identity.register(
    { username: 'tester', email: 'tester@example.test', password: 'tested with great care' },
    undefined,
  )
  if (!person.ok) throw new Error(person.error.code)
  const signedIn = await identity.signInProgram(
    { username: 'tester', password: 'tested with great care' },
    { address: '127.0.0.1', userAgent: 'test' },
  )
  if (!signedIn.ok) throw new Error(signedIn.error.code)
  const caller = await identity.authenticateToken(signedIn.value.token)
  if (!caller.ok) throw new Error(caller.error.code)
  const { channelId } = await chat.importChannel({
    source: 'test',
    externalId: 'C1',
    name: 'contract',
    description: '',
    createdAt: new Date(0),
    archived: false,
  })
  return {
    source: chat.streams,
    stream: channelStream(channelId),
    caller: caller.value,
    unknownStream: channelStream(newId<ChannelId>()),
    add: async (content) => {
      const sent = await chat.sendMessage(caller.value, { channel_id: channelId, content })
      if (!sent.ok) throw new Error(sent.error.code)
    },
    close: async () => {
      await shutDown(services, STEP_TIMEOUT_MS)
      await house.close()
      await database.drop()
    },
  }
})
