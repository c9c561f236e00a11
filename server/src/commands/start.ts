/** `glasshouse start`: everything in one process, from the data folder to the line that says that it is ready. */
import { readFileSync } from 'node:fs'
import { failureMessage, ROUTES, type Endpoint, type Site } from '@glasshouse/contracts'
import { LOBBY_ID } from '@glasshouse/chat'
import { CannotListen, createGateway, type Gateway } from '@glasshouse/gateway/adapters'
import { err, ok, shutDown, systemClock, type Result, type Service } from '@glasshouse/kernel'
import { createLogger, isUnavailable, makeDataFolder, type Logger } from '@glasshouse/platform'
import { bearOutages } from '../bear-outages.ts'
import type { Config } from '../config.ts'
import { ownDatabase, type Database } from '../database.ts'
import { openHouse, type House } from '../house.ts'
import { loadSecrets } from '../secrets.ts'
import { siteEndpoint } from '../site.ts'
import { watchStopRequests } from '../stop-request.ts'
import { offerInternalFetch, openWebApp, type WebApp } from '../web-app.ts'

/** An operator is promised ten seconds; what hangs longer is left behind. */
const SHUTDOWN_TIMEOUT_MS = 9_500
/** Of that: one step of one service, all services together, and each thing that was opened, unless it has a bound of its own. */
const STEP_TIMEOUT_MS = 3_500
const SERVICES_TIMEOUT_MS = 4_500
const CLOSE_TIMEOUT_MS = 500
const REFUSED = 1
const DONE = 0

export async function runStart(config: Config, options: { readonly dev: boolean }): Promise<number> {
  const logger = createLogger({ format: config.LOG_FORMAT, level: config.LOG_LEVEL })
  const request = watchStopRequests(config.startedByNpm)
  const standing = new Standing(logger)
  void request.asked.then((reason) => {
    logger.info(`${reason}: stopping`)
    standing.giveUp()
  })

  const started = await startAndAnnounce(config, { dev: options.dev, logger, standing })
  if (!started.ok) {
    const code = request.signal.aborted ? DONE : REFUSED
    if (code === REFUSED) console.error(`glasshouse: ${started.error}`)
    return standing.close(code)
  }
  const lost = await Promise.race([request.asked.then(() => undefined), started.value.lost])
  if (lost !== undefined) logger.error(`the database is lost, stopping: ${lost}`)
  return standing.close(lost === undefined ? DONE : REFUSED)
}

/** What stands already, so that it can be taken down from any point of the start. */
class Standing {
  readonly #logger: Logger
  readonly #givenUp = new AbortController()
  readonly #opened: { readonly close: () => Promise<unknown>; readonly timeoutMs: number | undefined }[] = []
  readonly #running: Service[] = []
  #code = REFUSED
  #closing = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Aborted when the start is not to go on: each step that may take long listens. */
  get signal(): AbortSignal {
    return this.#givenUp.signal
  }

  /** From here on the process ends in bounded time, whatever hangs. */
  giveUp(): void {
    if (this.#givenUp.signal.aborted) return
    this.#givenUp.abort()
    const leave = (): void => {
      if (this.#closing) this.#logger.error(`stopping took longer than ${SHUTDOWN_TIMEOUT_MS} ms, leaving`)
      process.exit(this.#code)
    }
    setTimeout(leave, SHUTDOWN_TIMEOUT_MS).unref()
  }

  /** `timeoutMs` is left out for what bounds its end itself. */
  opened(close: () => Promise<unknown>, timeoutMs?: number): void {
    this.#opened.push({ close, timeoutMs })
  }

  async run(service: Service): Promise<void> {
    // Before it runs: one that fails half way has something to stop as well.
    this.#running.push(service)
    await service.run()
  }

  /** Services first, then what they stand on, in reverse. Returns the exit code. */
  async close(code: number): Promise<number> {
    this.giveUp()
    this.#closing = true
    const stopped = await within(shutDown(this.#running, STEP_TIMEOUT_MS), SERVICES_TIMEOUT_MS)
    if (stopped === 'late') this.#logger.error(`the services did not stop within ${SERVICES_TIMEOUT_MS} ms`)
    else
      for (const { service, step, error } of stopped) this.#logger.error({ err: error }, `${service} did not ${step}`)
    for (const { close, timeoutMs } of this.#opened.toReversed()) {
      try {
        await (timeoutMs === undefined ? close() : within(close(), timeoutMs))
      } catch (error) {
        this.#logger.error({ err: error }, 'something did not close')
      }
    }
    this.#closing = false
    this.#code = code
    return code
  }
}

async function within<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

interface Starting {
  readonly dev: boolean
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
  for (const service of house.value.services) {
    if (signal.aborted) return err(STOPPED)
    await standing.run(service)
  }

  const web = await webOpening
  if (!web.ok) return web
  if (signal.aborted) return err(STOPPED)
  const listening = await listen(config, { house: house.value, web: web.value, logger }, standing)
  if (!listening.ok) return listening
  if (signal.aborted) return err(STOPPED)
  await announce(config, listening.value, house.value)
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
    await standing.run(gateway.service)
  } catch (error) {
    if (error instanceof CannotListen) return err(error.message)
    throw error
  }
  return ok(gateway)
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
  if (made.value.created) logger.info(`made the administrator ${config.admin.username}`)
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
