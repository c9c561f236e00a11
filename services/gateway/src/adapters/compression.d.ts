/** What is used of the package, as Node's own HTTP server needs it: its published types want those of Express. */
declare module 'compression' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  /** Bodies shorter than the threshold, in bytes, stay as they are. */
  export default function compression(options: {
    readonly threshold: number
  }): (request: IncomingMessage, response: ServerResponse, next: () => void) => void
}
