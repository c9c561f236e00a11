import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'
import { isLoopback } from '@glasshouse/kernel'
import type { HttpSettings } from './http-settings.ts'

/** Where a request comes from and what the client called: the proxies' word counts only for those that are trusted. */
export interface RequestOrigin {
  readonly address: string
  readonly protocol: 'http' | 'https'
  readonly host: string
  /** Made by this process on behalf of a page, not by a client. */
  readonly internal: boolean
}

/** Proves that a request was made inside this process: its value is random and never leaves it. */
const INTERNAL_HEADER = 'x-glasshouse-internal'

export class RequestOrigins {
  readonly #trusts: (address: string, hop: number) => boolean
  readonly #proof = randomBytes(32)
  readonly #publicOrigin: string | undefined
  readonly #onThisMachine: boolean

  constructor(settings: Pick<HttpSettings, 'host' | 'trustedProxies' | 'publicUrl'>) {
    this.#trusts = proxyAddr.compile([...settings.trustedProxies])
    this.#publicOrigin = settings.publicUrl === undefined ? undefined : new URL(settings.publicUrl).origin
    const publicHost = this.#publicOrigin === undefined ? undefined : new URL(this.#publicOrigin).hostname
    this.#onThisMachine = isLoopback(settings.host) && (publicHost === undefined || isLoopback(publicHost))
  }

  get publicIsHttps(): boolean {
    return this.#publicOrigin?.startsWith('https:') ?? false
  }

  /** Headers that make a request internal. */
  internalHeaders(protocol: string): Readonly<Record<string, string>> {
    return { [INTERNAL_HEADER]: this.#proof.toString('hex'), 'x-forwarded-proto': protocol }
  }

  of(request: IncomingMessage): RequestOrigin {
    const internal = this.#isInternal(request)
    const peer = request.socket.remoteAddress ?? ''
    const believed = internal || this.#trusts(peer, 0)
    const address = internal || !believed ? peer : proxyAddr(request, this.#trusts)
    const forwardedProtocol = believed ? firstOf(request.headers['x-forwarded-proto']) : undefined
    const forwardedHost = believed && !internal ? firstOf(request.headers['x-forwarded-host']) : undefined
    const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true
    return {
      address: address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address,
      protocol: (forwardedProtocol ?? (encrypted ? 'https' : 'http')) === 'https' ? 'https' : 'http',
      host: forwardedHost ?? request.headers.host ?? '',
      internal,
    }
  }

  /**
   * Whether a page with this `Origin` is ours: the public address, or the host that the request itself was sent to. Where only this machine
   * reaches us that host must be its own: another name leads here only because somebody has their DNS say so (DNS rebinding), and the page
   * is theirs.
   */
  isOurs(originHeader: string, request: RequestOrigin): boolean {
    if (!URL.canParse(originHeader)) return false
    const origin = new URL(originHeader)
    if (origin.origin === this.#publicOrigin) return true
    if (this.#onThisMachine && !isLoopback(origin.hostname)) return false
    const own = `${origin.protocol}//${request.host}`
    return request.host !== '' && URL.canParse(own) && new URL(own).host === origin.host
  }

  #isInternal(request: IncomingMessage): boolean {
    const given = request.headers[INTERNAL_HEADER]
    if (typeof given !== 'string') return false
    const bytes = Buffer.from(given, 'hex')
    return bytes.length === this.#proof.length && timingSafeEqual(bytes, this.#proof)
  }
}

function firstOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header
  return text?.split(',')[0]?.trim()
}

/** The value of one cookie, or undefined. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim() || undefined
  }
  return undefined
}
