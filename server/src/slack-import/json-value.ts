/** Reading fields of JSON whose shape nobody promised. */
export type JsonRecord = { readonly [key: string]: unknown }

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A string that PostgreSQL can store: without NUL, and well-formed. */
function storable(text: string): string {
  const wellFormed = text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed
}

/** The field as text, or undefined when it is something else. */
export function textOf(record: JsonRecord, key: string): string | undefined {
  const value = record[key]
  return typeof value === 'string' ? storable(value) : undefined
}

/** The field as text that says something, or undefined. */
export function filledText(record: JsonRecord, key: string): string | undefined {
  const text = textOf(record, key)?.trim()
  return text === '' ? undefined : text
}

export function recordOf(record: JsonRecord, key: string): JsonRecord | undefined {
  const value = record[key]
  return isRecord(value) ? value : undefined
}

/** The records within a field that is a list; empty when it is something else. */
export function recordsOf(record: JsonRecord, key: string): JsonRecord[] {
  const value = record[key]
  return Array.isArray(value) ? value.filter(isRecord) : []
}

/** The texts within a field that is a list; empty when it is something else. */
export function textsOf(record: JsonRecord, key: string): string[] {
  const value = record[key]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string').map(storable) : []
}
