import { err, ok, type Result } from '@glasshouse/kernel'

/**
 * Where a page of history ended, as an opaque text. It carries the bounds of the whole read too, so that the cursor alone is enough for
 * the next page, and a page can never be asked for under other bounds than the first.
 */
export interface HistoryCursor {
  readonly range: {
    readonly beforeSeq: number | undefined
    readonly afterSeq: number | undefined
    readonly fromMs: number | undefined
    readonly toMs: number | undefined
  }
  readonly position: { readonly seq: number; readonly createdAtMs: number }
}

const VERSION = 'h1'

export function formatHistoryCursor({ range, position }: HistoryCursor): string {
  const fields = [position.seq, position.createdAtMs, range.beforeSeq, range.afterSeq, range.fromMs, range.toMs]
  return [VERSION, ...fields.map((field) => field?.toString(36) ?? '')].join('.')
}

export function parseHistoryCursor(text: string): Result<HistoryCursor, 'malformed'> {
  const [version, ...fields] = text.split('.')
  if (version !== VERSION || fields.length !== 6) return err('malformed')
  const numbers: (number | undefined)[] = []
  for (const field of fields) {
    if (field !== '' && !/^-?[0-9a-z]{1,11}$/.test(field)) return err('malformed')
    const value = field === '' ? undefined : Number.parseInt(field, 36)
    if (value !== undefined && !Number.isSafeInteger(value)) return err('malformed')
    numbers.push(value)
  }
  const [seq, createdAtMs, beforeSeq, afterSeq, fromMs, toMs] = numbers
  if (seq === undefined || createdAtMs === undefined) return err('malformed')
  return ok({ range: { beforeSeq, afterSeq, fromMs, toMs }, position: { seq, createdAtMs } })
}
