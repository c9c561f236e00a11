/** Why a file is not imported at all. Nothing was written. `message` is one line for a person: what, where, what to do. */
export interface ImportRefusal {
  readonly kind:
    | 'file_missing'
    | 'is_folder'
    | 'no_permission'
    | 'unreadable'
    | 'not_a_zip'
    | 'damaged_zip'
    | 'encrypted'
    | 'unsafe_name'
    | 'too_large'
    | 'not_an_export'
  readonly message: string
}

const SHOWN_CHARACTERS_MAX = 120

/** Text from an export on one line of a terminal: quoted, without control characters, not endless. */
export function printable(text: string): string {
  const shown = text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}...` : text
  return JSON.stringify(shown.toWellFormed()).replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
