/** Where a page of a list by time ended: opaque to the client, checked when it comes back. */
export interface TimePosition {
  /** Milliseconds since 1970. */
  readonly timeMs: number
  /** Of the last one shown: several may share a millisecond. */
  readonly id: string
}

const TEXT = /^t(-?\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

export function formatTimeCursor({ timeMs, id }: TimePosition): string {
  return `t${timeMs}.${id}`
}

/** Undefined for what no list answered with. */
export function parseTimeCursor(text: string): TimePosition | undefined {
  const match = TEXT.exec(text)
  const [, time, id] = match ?? []
  return time === undefined || id === undefined ? undefined : { timeMs: Number(time), id }
}
