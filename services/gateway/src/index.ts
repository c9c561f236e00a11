/** The edge: REST, live connections and the web app behind one port. `createGateway` is in `@glasshouse/gateway/adapters`. */
export { LIVE_LIMITS, type LiveLimits } from './domain/live-limits.ts'
export type {
  Authentication,
  ChangePage,
  Commands,
  Log,
  SendMessageCommand,
  StreamSource,
} from './application/ports.ts'
