import type { FastifyInstance } from 'fastify'
import type { RequestOrigins } from './request-origin.ts'

/** REST from inside this process, for pages that are rendered on the server. */
export type InternalFetch = (request: Request, from: { readonly clientAddress: string }) => Promise<Response>

const NOT_CARRIED_OVER = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive'])
const WITHOUT_BODY = new Set([204, 205, 304])

/** Serves a request without a network hop, on behalf of the client whose page is being made. */
export function createInternalFetch(fastify: FastifyInstance, origins: RequestOrigins): InternalFetch {
  return async (request, { clientAddress }) => {
    const url = new URL(request.url)
    const headers: Record<string, string> = { host: url.host }
    for (const [name, value] of request.headers) if (!NOT_CARRIED_OVER.has(name)) headers[name] = value
    const bytes = request.body === null ? undefined : Buffer.from(await request.arrayBuffer())
    const answer = await fastify.inject({
      method: request.method,
      url: url.pathname + url.search,
      headers: { ...headers, ...origins.internalHeaders(url.protocol.slice(0, -1)) },
      remoteAddress: clientAddress,
      ...(bytes === undefined ? {} : { payload: bytes }),
    })
    const carried = new Headers()
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value === undefined || NOT_CARRIED_OVER.has(name)) continue
      for (const each of Array.isArray(value) ? value : [value]) carried.append(name, String(each))
    }
    const body = WITHOUT_BODY.has(answer.statusCode) ? null : new Uint8Array(answer.rawPayload)
    return new Response(body, { status: answer.statusCode, headers: carried })
  }
}
