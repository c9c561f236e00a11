/** `glasshouse start`: everything in one process, from the data folder to the line that says that it is ready. */
import { readFileSync } from 'node:fs'
import { failureMessage, ROUTES, type Endpoint, type Site } from '@glasshouse/contracts'
import { LOBBY_ID } from '@glasshouse/chat'
import { CannotListen, createGateway, createPostgresLiveSessionStore, type Gateway } from '@glasshouse/gateway/adapters'
import { err, ok, systemClock, type Result } from '@glasshouse/kernel'
import { createLogger, isUnavailable, makeDataFolder, type Logger } from '@glasshouse/platform'
import { bearOutages } from '../bear-outages.ts'
import type { Config } from '../config.ts'
import { ownDatabase, type Database } from '../database.ts'
import { openHouse, type House } from '../house.ts'
import { loadSecrets } from '../secrets.ts'
import { siteEndpoint } from '../site.ts'
import { CLOSE_TIMEOUT_MS, REFUSED, Standing } from '../standing.ts'
import { watchStopRequests } from '../stop-request.ts'
import { offerInternalFetch, openWebApp, type WebApp } from '../web-app.ts'

const DONE = 0

export interface StartOptions {
  readonly dev: boolean
  /** With the demo's team in it, who do something now and then or nothing. */
  readonly demo: 'living' | 'still' | undefined
}

export async function runStart(config: Config, options: StartOptions): Promise<number> {
  const logger = createLogger({ format: config.LOG_FORMAT, level: config.LOG_LEVEL })
  const request = watchStopRequests(config.startedByNpm)
  const standing = new Standing(logger)
  void request.asked.then((reason) => {
    logger.info(`${reason}: stopping`)
    standing.giveUp()
  })

  const broken = watchFaults(logger, standing)

  const started = await startAndAnnounce(config, { ...options, logger, standing })
  if (!started.ok) {
    const code = await standing.close(request.signal.aborted ? DONE : REFUSED)
    // The last word is what the operator has to do.
    if (code === REFUSED) console.error(`glasshouse: ${started.error}`)
    return code
  }
  const lost = started.value.lost.then((reason) => {
    logger.error(`the database is lost, stopping: ${reason}`)
    return REFUSED
  })
  return standing.close(await Promise.race([request.asked.then(() => DONE), lost, broken]))
}

/** A fault that nobody caught leaves the program in a state that nobody knows: it is logged, and all is closed as far as that goes. */
function watchFaults(logger: Logger, standing: Standing): Promise<number> {
  return new Promise((resolve) => {
    process.on('uncaughtException', (error) => {
      logger.fatal({ err: error }, 'a fault in the program, stopping')
      standing.giveUp()
      resolve(REFUSED)
    })
  })
}

interface Starting extends StartOptions {
  readonly logger: Logger
  readonly standing: Standing
}

async function startAndAnnounce(config: Config, starting: Starting): Promise<Result<Database, string>> {
  try {
    return await start(config, starting)
  } catch (error) {
    if (starting.standing.signal.aborted) return err(STOPPED)
    const reason = error instanceof Error ? error.message : String(error)
    if (isUnavailable(error)) return err(`the database was lost during the start: ${reason}`)
    starting.logger.error({ err: error }, 'the start failed')
    return err(`the start failed: ${reason}`)
  }
}

const STOPPED = 'stopped'

async function start(config: Config, starting: Starting): Promise<Result<Database, string>> {
  const { logger, standing, dev } = starting
  const { signal } = standing
  if (starting.demo !== undefined && config.admin !== undefined) {
    return err('--demo makes an administrator of its own: leave GLASSHOUSE_ADMIN_* empty')
  }
  const folder = await makeDataFolder(config.GLASSHOUSE_DATA)
  if (!folder.ok) return err(folder.error.message)
  const secrets = await loadSecrets(folder.value)
  if (!secrets.ok) return secrets

  // The web app may have to be built, and the database to be made: side by side.
  const webOpening = openWebApp({ dev, log: (line) => logger.info(line), signal })
  standing.opened(async () => {
    const web = await webOpening.catch(() => undefined)
    if (web?.ok === true) await web.value.close()
  }, CLOSE_TIMEOUT_MS)
  webOpening.catch(() => undefined)
  const database = await ownDatabase(config, secrets.value, {
    role: 'server',
    log: (line) => logger.debug(line),
    warn: (line) => logger.warn(line),
    signal,
  })
  if (!database.ok) return database
  standing.opened(() => database.value.stop())

  const { connectionString } = database.value
  const house = await openHouse({ config, secrets: secrets.value, connectionString, role: 'server', logger, signal })
  if (!house.ok) return house
  standing.opened(() => house.value.close(), CLOSE_TIMEOUT_MS)
  const admin = await makeAdmin(config, house.value, logger)
  if (!admin.ok) return admin
  if (config.LOBBY_ACCESS === 'demo') await house.value.identity.ensureDemoUser()
  for (const service of house.value.services) {
    if (signal.aborted) return err(STOPPED)
    await standing.run(service)
  }

  const demo = starting.demo === undefined ? ok(undefined) : await startDemo(house.value, starting)
  if (!demo.ok) return demo

  const web = await webOpening
  if (!web.ok) return web
  if (signal.aborted) return err(STOPPED)
  const listening = await listen(config, { house: house.value, web: web.value, logger }, standing)
  if (!listening.ok) return listening
  if (signal.aborted) return err(STOPPED)
  await announce(config, listening.value, house.value)
  if (demo.value !== undefined) console.log(demo.value)
  return database
}

async function listen(config: Config, parts: GatewayParts, standing: Standing): Promise<Result<Gateway, string>> {
  const ports = bearOutages(gatewayPorts(config, parts), {
    warn: (line) => parts.logger.warn(line),
    monotonicMs: () => systemClock.monotonicMs(),
  })
  const gateway = createGateway(ports, {
    http: {
      host: config.HOST,
      port: config.PORT,
      trustedProxies: config.TRUSTED_PROXIES,
      ...(config.PUBLIC_URL === undefined ? {} : { publicUrl: config.PUBLIC_URL.origin }),
    },
    httpLimits: {
      headersTimeoutMs: config.HTTP_HEADERS_TIMEOUT_MS,
      requestTimeoutMs: config.HTTP_REQUEST_TIMEOUT_MS,
    },
    liveLimits: {
      heartbeatIntervalMs: config.LIVE_HEARTBEAT_MS,
      socketsPerUserMax: config.LIVE_SOCKETS_PER_USER_MAX,
      opensPerUserMax: config.LIVE_OPENS_PER_USER.count,
      opensWindowMs: config.LIVE_OPENS_PER_USER.windowS * 1_000,
      socketsPerAddressMax: config.LIVE_SOCKETS_PER_ADDRESS_MAX,
      visitorsPerAddressMax: config.LIVE_VISITORS_PER_ADDRESS_MAX,
      visitorsMax: config.LIVE_VISITORS_MAX,
      subscriptionsMax: config.LIVE_SUBSCRIPTIONS_MAX,
      framesPerSecondMax: config.LIVE_FRAMES_PER_SECOND_MAX,
      unsentBytesMax: config.LIVE_UNSENT_BYTES_MAX,
      undrainedTimeoutMs: config.LIVE_UNDRAINED_TIMEOUT_MS,
      replayChangesMax: config.REPLAY_CHANGES_MAX,
      sessionKeptMs: config.LIVE_SESSION_KEPT_SECS * 1_000,
      sessionSweepIntervalMs: config.LIVE_SESSION_SWEEP_SECS * 1_000,
      sessionsPerUserMax: config.LIVE_SESSIONS_PER_USER_MAX,
    },
  })
  offerInternalFetch(gateway.internalFetch)
  try {
    await standing.run(gateway.service)
  } catch (error) {
    if (error instanceof CannotListen) return err(error.message)
    throw error
  }
  return ok(gateway)
}

/** Resolves to the line that says how to sign in. */
async function startDemo(house: House, { demo: kind, logger, standing }: Starting): Promise<Result<string, string>> {
  const [{ openDemo }, { DemoLife }] = await Promise.all([
    import('../demo/open-demo.ts'),
    import('../demo/demo-life.ts'),
  ])
  const opened = await openDemo(house)
  if (!opened.ok) return opened
  const { demo, line } = opened.value
  if (kind === 'living') await standing.run(new DemoLife(house, demo, (warning) => logger.warn(warning)).service)
  return ok(line)
}

interface GatewayParts {
  readonly house: House
  readonly web: WebApp
  readonly logger: Logger
}

async function makeAdmin(config: Config, house: House, logger: Logger): Promise<Result<void, string>> {
  if (config.admin === undefined) return ok()
  const made = await house.identity.createAdmin(config.admin)
  if (!made.ok)
    return err(`the first administrator cannot be made from GLASSHOUSE_ADMIN_*: ${failureMessage(made.error)}`)
  const { created, role } = made.value
  if (created) logger.info(`made the administrator ${config.admin.username}`)
  else if (role !== 'admin')
    logger.warn(
      `GLASSHOUSE_ADMIN_USERNAME: ${config.admin.username} was there already as ${role}, and is left as it is: choose another name`,
    )
  return ok()
}

function gatewayPorts(config: Config, { house, web, logger }: GatewayParts): Parameters<typeof createGateway>[0] {
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
    typing: chat.typing,
    presence: chat.people,
    sessionStore: createPostgresLiveSessionStore(pool),
    commands: { sendMessage: (caller, request, address) => chat.sendMessage(caller, request, address) },
    visitorsWrite: config.LOBBY_ACCESS === 'demo',
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
