/**
 * While the database is away, a request is refused with 503 and a time to come back, at each door alike: it is no fault of ours that
 * the log should have a stack for, and clients and proxies know what to do with it.
 */
import { failure, type Endpoint, type Failure } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { isUnavailable } from '@glasshouse/platform'
import type { createGateway } from '@glasshouse/gateway/adapters'

type GatewayPorts = Parameters<typeof createGateway>[0]

const RETRY_AFTER_MS = 2_000
/** An outage fails every request: its first words are enough, and then one line now and then. */
const WARN_INTERVAL_MS = 5_000

export function bearOutages(
  ports: GatewayPorts,
  options: { readonly warn: (line: string) => void; readonly monotonicMs: () => number },
): GatewayPorts {
  let warnedAtMs = Number.NEGATIVE_INFINITY
  let refused = 0
  const orRefuse = async <Value>(work: () => Promise<Result<Value, Failure>>): Promise<Result<Value, Failure>> => {
    try {
      return await work()
    } catch (error) {
      if (!isUnavailable(error)) throw error
      refused++
      if (options.monotonicMs() - warnedAtMs >= WARN_INTERVAL_MS) {
        warnedAtMs = options.monotonicMs()
        const reason = error instanceof AggregateError ? String(error.errors[0]) : String(error)
        options.warn(`the database is away: ${refused} requests refused since the last such line (${reason})`)
        refused = 0
      }
      return err(failure('server.not_ready', { retryAfterMs: RETRY_AFTER_MS }))
    }
  }
  const { authentication, source, commands, typing } = ports
  return {
    ...ports,
    endpoints: ports.endpoints.map((endpoint): Endpoint => ({
      ...endpoint,
      handle: (request) => orRefuse(() => endpoint.handle(request)),
    })),
    authentication: {
      ...authentication,
      authenticateToken: (token) => orRefuse(() => authentication.authenticateToken(token)),
      authenticateCookie: (sealed) => orRefuse(() => authentication.authenticateCookie(sealed)),
    },
    source: {
      ...source,
      openMany: async (requests) => {
        const opened = await orRefuse(async () => ok(await source.openMany(requests)))
        return opened.ok ? opened.value : requests.map(() => opened)
      },
    },
    ...(typing === undefined
      ? {}
      : {
          typing: {
            open: (caller, stream) => orRefuse(() => typing.open(caller, stream)),
            announce: (caller, request) => orRefuse(() => typing.announce(caller, request)),
            onTyping: (listener) => typing.onTyping(listener),
          },
        }),
    commands: {
      ...commands,
      sendMessage: (caller, request, address) => orRefuse(() => commands.sendMessage(caller, request, address)),
    },
  }
}
