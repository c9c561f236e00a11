import type { ServerFrame } from '@glasshouse/contracts'
import type { EncodedFrame } from '../domain/fan-out.ts'

/** One frame a line, whatever the wire. For tests of the hub. */
export function encodeLine(frame: ServerFrame): EncodedFrame {
  const bytes = Buffer.from(`${JSON.stringify(frame)}\n`)
  return { sizeBytes: bytes.length, bytesFor: () => bytes }
}
