import { err, ok, type Branded, type Result } from '@glasshouse/kernel'

/** Ready to be hashed: in one Unicode form (NFKC), so that the same keys on another device give the same password. */
export type Password = Branded<string, 'Password'>

const PASSWORD_LENGTH_MIN = 10
const PASSWORD_LENGTH_MAX = 200

export type PasswordError =
  | { readonly kind: 'too_short'; readonly min: number; readonly actual: number }
  | { readonly kind: 'too_long'; readonly max: number; readonly actual: number }

/** A new password. Whether it is a common one is another question: guessable-password.ts. */
export function parsePassword(text: string): Result<Password, PasswordError> {
  const actual = [...text].length
  if (actual < PASSWORD_LENGTH_MIN) return err({ kind: 'too_short', min: PASSWORD_LENGTH_MIN, actual })
  if (actual > PASSWORD_LENGTH_MAX) return err({ kind: 'too_long', max: PASSWORD_LENGTH_MAX, actual })
  return ok(typedPassword(text))
}

/** What somebody typed to sign in: no rule but the form, since rules may have changed since it was chosen. */
export function typedPassword(text: string): Password {
  return text.toWellFormed().normalize('NFKC') as Password
}
