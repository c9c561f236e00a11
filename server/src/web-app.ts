/** The web app as a handler for the gateway: the built one, or in development Vite's, which follows the sources. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  WEB_ADDRESS_HEADER,
  WEB_HOST_HEADER,
  WEB_PROTOCOL_HEADER,
  type InternalFetch,
  type WebHandler,
} from '@glasshouse/gateway/adapters'
import { err, ok, type Result } from '@glasshouse/kernel'
import { setForeignSettings } from './config.ts'
import { buildWeb, WEB_FOLDER } from './web-build.ts'

export interface WebApp {
  readonly handler: WebHandler
  close(): Promise<void>
}

/** A form's body: a message of 10,000 characters, as a browser encodes it. */
const BODY_BYTES_MAX = 512 * 1024
/** Where the web app finds the REST API of this process: its server side is a bundle of its own and shares no module with us. */
const INTERNAL_FETCH = Symbol.for('glasshouse.internal-fetch')

export async function openWebApp(options: {
  readonly dev: boolean
  readonly log: (line: string) => void
  readonly signal?: AbortSignal
}): Promise<Result<WebApp, string>> {
  // adapter-node reads these when it is imported. The gateway overwrites the headers on each request: they cannot be forged.
  setForeignSettings({
    PROTOCOL_HEADER: WEB_PROTOCOL_HEADER,
    HOST_HEADER: WEB_HOST_HEADER,
    ADDRESS_HEADER: WEB_ADDRESS_HEADER,
    BODY_SIZE_LIMIT: String(BODY_BYTES_MAX),
  })
  if (options.dev) return ok(await openDevelopment())
  const built = await buildWeb(options.log, options.signal)
  if (!built.ok) return built
  const module = (await import(pathToFileURL(built.value.handlerFile).href)) as { handler?: WebHandler }
  if (module.handler === undefined)
    return err(`${built.value.handlerFile} exports no handler: remove the folder web/build and start again`)
  return ok({ handler: module.handler, close: async () => {} })
}

export function offerInternalFetch(internalFetch: InternalFetch): void {
  Reflect.set(globalThis, INTERNAL_FETCH, internalFetch)
}

async function openDevelopment(): Promise<WebApp> {
  // Only development needs Vite in this process: it is loaded here and not at the top.
  const { createServer } = await import('vite')
  const vite = await createServer({
    root: WEB_FOLDER,
    configFile: join(WEB_FOLDER, 'vite.config.ts'),
    server: { middlewareMode: true },
  })
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    vite.middlewares(request, response, () => {
      response.statusCode = 404
      response.end('Not found')
    })
  }
  return { handler, close: () => vite.close() }
}
