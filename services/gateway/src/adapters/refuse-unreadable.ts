import { failure, type Failure } from '@glasshouse/contracts'
import { newId, type RequestId } from '@glasshouse/kernel'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorAnswer } from './error-answer.ts'

/**
 * Answers what is no HTTP request that could be handed on, or never became a whole one, as REST has errors, and ends the connection: where
 * the next request would begin nobody knows.
 */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable) return void socket.destroy(error)
  const requestId = newId<RequestId>()
  const { status, headers, body } = errorAnswer(refusalOf(error.code), requestId)
  const text = JSON.stringify(body)
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `x-request-id: ${requestId}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n${text}`)
  socket.destroy(error)
}

function refusalOf(code: string | undefined): Failure {
  if (code === 'HPE_HEADER_OVERFLOW') return failure('request.headers_too_large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return failure('request.too_slow')
  return failure('request.malformed', { message: 'This is no HTTP request that can be read.' })
}
