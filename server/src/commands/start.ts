/** `glasshouse start`: everything in one process, from the data folder to the line that says that it is ready. */
import { readFileSync } from 'node:fs'
import { failureMessage, ROUTES, type Endpoint, type Site } from '@glasshouse/contracts'
import { LOBBY_ID } from '@glasshouse/chat'
import { CannotListen, createGateway, type Gateway } from '@glasshouse/gateway/adapters'
import { err, ok, shutDown, systemClock, type Result, type Service } from '@glasshouse/kernel'
import { createLogger, makeDataFolder, type Logger } from '@glasshouse/platform'
import type { Config } from '../config.ts'
import { ownDatabase, type Database } from '../database.ts'
import { openHouse, type House } from '../house.ts'
import { loadSecrets } from '../secrets.ts'
import { siteEndpoint } from '../site.ts'
import { offerInternalFetch, openWebApp, type WebApp } from '../web-app.ts'

const STEP_TIMEOUT_MS = 3_500
/** An operator is promised ten seconds; what hangs longer is left behind. */
const SHUTDOWN_TIMEOUT_MS = 9_500
const REFUSED = 1
const DONE = 0

export async function runStart(config: Config, options: { readonly dev: boolean }): Promise<number> {
  const logger = createLogger({ format: config.LOG_FORMAT, level: config.LOG_LEVEL })
  const signal = firstSignal(config.startedByNpm)
  const opened: (() => Promise<unknown>)[] = []
  const running: Service[] = []
  const close = async (): Promise<void> => {
    const failures = await shutDown(running, STEP_TIMEOUT_MS)
    for (const { service, step, error } of failures) logger.error({ err: error }, `${service} did not ${step}`)
    for (const end of opened.toReversed()) await end()
  }
  const started = await start(config, { dev: options.dev, logger, opened, running })
  if (!started.ok) {
    await close()
    console.error(`glasshouse: ${started.error}`)
    return REFUSED
  }
  const { database, gateway, house } = started.value
  await announce(config, gateway, house)

  const reason = await Promise.race([signal, database.lost])
  const wanted = STOP_REASONS.includes(reason)
  if (wanted) logger.info(`${reason}: stopping`)
  else logger.error(`the database is lost, stopping: ${reason}`)
  const late = setTimeout(() => {
    logger.error(`stopping took longer than ${SHUTDOWN_TIMEOUT_MS} ms, leaving`)
    process.exit(REFUSED)
  }, SHUTDOWN_TIMEOUT_MS)
  await close()
  clearTimeout(late)
  return wanted ? DONE : REFUSED
}

interface Starting {
  readonly dev: boolean
  readonly logger: Logger
  /** What was opened, to be closed in reverse. */
  readonly opened: (() => Promise<unknown>)[]
  readonly running: Service[]
}

interface Started {
  readonly database: Database
  readonly house: House
  readonly gateway: Gateway
}

async function start(config: Config, starting: Starting): Promise<Result<Started, string>> {
  const { logger, opened, running, dev } = starting
  const folder = await makeDataFolder(config.GLASSHOUSE_DATA)
  if (!folder.ok) return err(folder.error.message)
  const secrets = await loadSecrets(folder.value)
  if (!secrets.ok) return secrets

  // The web app may have to be built, and the database to be made: side by side.
  const webOpening = openWebApp({ dev, log: (line) => logger.info(line) })
  webOpening.catch(() => undefined)
  const database = await ownDatabase(config, secrets.value, { role: 'server', log: (line) => logger.debug(line) })
  if (!database.ok) return database
  opened.push(() => database.value.stop())

  const house = await openHouse({
    config,
    secrets: secrets.value,
    connectionString: database.value.connectionString,
    role: 'server',
    logger,
  })
  if (!house.ok) return house
  opened.push(() => house.value.close())
  const admin = await makeAdmin(config, house.value, logger)
  if (!admin.ok) return admin
  for (const service of house.value.services) {
    await service.run()
    running.push(service)
  }

  const web = await webOpening
  if (!web.ok) return web
  opened.push(() => web.value.close())
  const gateway = createGateway(gatewayPorts(config, { house: house.value, web: web.value, logger }), {
    http: {
      host: config.HOST,
      port: config.PORT,
      trustedProxies: config.TRUSTED_PROXIES,
      ...(config.PUBLIC_URL === undefined ? {} : { publicUrl: config.PUBLIC_URL.origin }),
    },
    liveLimits: {
      heartbeatIntervalMs: config.LIVE_HEARTBEAT_MS,
      socketsPerUserMax: config.LIVE_SOCKETS_PER_USER_MAX,
      socketsPerAddressMax: config.LIVE_SOCKETS_PER_ADDRESS_MAX,
      subscriptionsMax: config.LIVE_SUBSCRIPTIONS_MAX,
      framesPerSecondMax: config.LIVE_FRAMES_PER_SECOND_MAX,
      unsentBytesMax: config.LIVE_UNSENT_BYTES_MAX,
      replayChangesMax: config.REPLAY_CHANGES_MAX,
    },
  })
  offerInternalFetch(gateway.internalFetch)
  try {
    await gateway.service.run()
  } catch (error) {
    if (error instanceof CannotListen) return err(error.message)
    throw error
  }
  running.push(gateway.service)
  return ok({ database: database.value, house: house.value, gateway })
}

async function makeAdmin(config: Config, house: House, logger: Logger): Promise<Result<void, string>> {
  if (config.admin === undefined) return ok()
  const made = await house.identity.createAdmin(config.admin)
  if (!made.ok)
    return err(`the first administrator cannot be made from GLASSHOUSE_ADMIN_*: ${failureMessage(made.error)}`)
  if (made.value.created) logger.info(`made the administrator ${config.admin.username}`)
  return ok()
}

function gatewayPorts(
  config: Config,
  { house, web, logger }: { house: House; web: WebApp; logger: Logger },
): Parameters<typeof createGateway>[0] {
  const { identity, chat, pool } = house
  const endpoints: Endpoint[] = [...identity.endpoints, ...chat.endpoints, siteEndpoint(() => readSite(config, house))]
  return {
    routes: Object.values(ROUTES),
    endpoints,
    authentication: {
      authenticateToken: (token) => identity.authenticateToken(token),
      authenticateCookie: (sealed) => identity.authenticateCookie(sealed),
      checkCsrf: (sessionId, token) => identity.checkCsrf(sessionId, token),
      onSessionEnded: (listener) => identity.onSessionEnded(listener),
    },
    source: chat.streams,
    commands: { sendMessage: (caller, request) => chat.sendMessage(caller, request) },
    readiness: { database: async () => void (await pool.query('select 1')) },
    webHandler: web.handler,
    clock: systemClock,
    log: logger,
  }
}

async function readSite(config: Config, { identity }: House): Promise<Site> {
  return {
    name: config.SITE_NAME,
    version: VERSION,
    registration: config.REGISTRATION,
    setup_needed: await identity.isSetUpNeeded(),
    lobby: { id: LOBBY_ID, access: config.LOBBY_ACCESS },
  }
}

const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version

async function announce(config: Config, gateway: Gateway, house: House): Promise<void> {
  const { url, host, port } = gateway.address()
  // An address of every network is no address to type in.
  const address = config.PUBLIC_URL?.origin ?? (['0.0.0.0', '::'].includes(host) ? `http://localhost:${port}` : url)
  if (await house.identity.isSetUpNeeded()) {
    console.log(`Make the first administrator at ${address}/setup with the code ${house.identity.setUpCode}`)
  }
  console.log(`Glasshouse is ready at ${address}`)
}

const NPM_ENDED = 'npm has ended'
const STOP_REASONS: readonly string[] = ['SIGTERM', 'SIGINT', NPM_ENDED]
const PARENT_POLL_MS = 250

/**
 * Resolves with why to stop. `npm start` runs us below a shell, and that shell ends on SIGTERM without passing it on: then our parent
 * is another one, and whoever stopped npm meant us.
 */
function firstSignal(startedByNpm: boolean): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => resolve(name))
    if (!startedByNpm) return
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(watch)
      resolve(NPM_ENDED)
    }, PARENT_POLL_MS)
    watch.unref()
  })
}
