import { randomBytes } from 'node:crypto'

export const HEADERS_END = '\r\n\r\n'

/** What a client writes first, to open a WebSocket. */
export function upgradeRequest(path: string, port: number): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ]
  return lines.join('\r\n') + HEADERS_END
}
