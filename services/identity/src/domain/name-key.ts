/**
 * Names and addresses are unique without case, so each is stored twice: as it was written, and as its key. Two texts that a person
 * would read as the same have the same key: full-width and ligature forms are unified (NFKC), then case is dropped. The second
 * NFKC is there because lower-casing may leave a sequence that composes: without it the key of a key could differ from the key.
 */
import type { Branded } from '@glasshouse/kernel'

export type NameKey = Branded<string, 'NameKey'>

/** The form by which names are compared. Any text has one; the key of a key is itself. */
export function nameKey(text: string): NameKey {
  return storableText(text).normalize('NFKC').toLowerCase().normalize('NFKC') as NameKey
}

/**
 * PostgreSQL holds neither U+0000 nor half a surrogate pair. Names that were accepted have none; what somebody types to sign in
 * or to search may have, and must find nothing instead of breaking the query.
 */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD')
}
