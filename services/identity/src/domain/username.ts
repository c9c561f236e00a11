import { err, ok, type Branded, type Result } from '@glasshouse/kernel'

export type Username = Branded<string, 'Username'>

const USERNAME_LENGTH_MIN = 3
const USERNAME_LENGTH_MAX = 32

export type UsernameError =
  | { readonly kind: 'too_short'; readonly min: number; readonly actual: number }
  | { readonly kind: 'too_long'; readonly max: number; readonly actual: number }
  | { readonly kind: 'character_not_allowed'; readonly character: string; readonly position: number }

/** A name that somebody chooses here. Imported names have their own rule: imported-name.ts. */
export function parseUsername(text: string): Result<Username, UsernameError> {
  const characters = [...text]
  for (const [index, character] of characters.entries()) {
    if (!/^[A-Za-z0-9_-]$/.test(character)) {
      return err({ kind: 'character_not_allowed', character, position: index + 1 })
    }
  }
  const actual = characters.length
  if (actual < USERNAME_LENGTH_MIN) return err({ kind: 'too_short', min: USERNAME_LENGTH_MIN, actual })
  if (actual > USERNAME_LENGTH_MAX) return err({ kind: 'too_long', max: USERNAME_LENGTH_MAX, actual })
  return ok(text as Username)
}
