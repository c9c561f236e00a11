import {
  CLIENT_FRAMES,
  failure,
  parser,
  type ClientFrame,
  type ClientFrameType,
  type Failure,
  type Parse,
} from '@glasshouse/contracts'
import { err, ok, parseId, type ClientId, type Result } from '@glasshouse/kernel'
import { isDeeperThan } from '../domain/json-depth.ts'

const parsers = Object.fromEntries(
  Object.entries(CLIENT_FRAMES).map(([type, schema]) => [type, parser(schema)]),
) as unknown as Record<ClientFrameType, Parse<(typeof CLIENT_FRAMES)[ClientFrameType]>>

export interface InvalidFrame {
  readonly refusal: Failure
  /** What the frame was meant to be, as far as it could be read: its answer is addressed so. */
  readonly type?: ClientFrameType
  readonly clientId?: ClientId
}

/** A client's frame from its text, or what is wrong with it: always `live.invalid_frame`, with the path of the fault. */
export function parseClientFrame(text: string, depthMax: number): Result<ClientFrame, InvalidFrame> {
  if (isDeeperThan(text, depthMax)) return invalid(`The frame is nested deeper than ${depthMax}.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return invalid('The frame is not valid JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalid('The frame is not a JSON object.')
  }
  const { type, client_id: clientId } = value as Readonly<Record<string, unknown>>
  if (typeof type !== 'string' || !Object.hasOwn(parsers, type)) {
    return invalid('type: is not a known type of frame.', 'type')
  }
  const frameType = type as ClientFrameType
  const parsed = parsers[frameType](value)
  if (parsed.ok) return ok(parsed.value)
  const addressee = typeof clientId === 'string' ? parseId<ClientId>(clientId) : undefined
  return err({
    refusal: { ...parsed.error, code: 'live.invalid_frame' },
    type: frameType,
    ...(addressee === undefined ? {} : { clientId: addressee }),
  })
}

function invalid(message: string, path?: string): Result<never, InvalidFrame> {
  return err({ refusal: failure('live.invalid_frame', { message, ...(path === undefined ? {} : { path }) }) })
}
