import { err, ok, type Branded, type Result } from '@glasshouse/kernel'

/** One emoji as Unicode recommends it for interchange, with U+FE0F wherever a letter is meant as a picture. */
export type Emoji = Branded<string, 'Emoji'>

/** The longest sequences (families, flags of regions) have some thirty UTF-16 units. */
const UNITS_MAX = 64

const EMOJI = /^\p{RGI_Emoji}$/v
/** A character that is a letter unless U+FE0F says that a picture is meant; a skin tone says so too. */
const LETTER_MEANT_AS_PICTURE = /(?!\p{Emoji_Presentation})[\p{Emoji}--[0-9#*]](?!\uFE0F|\p{Emoji_Modifier})/gv
const KEYCAP = /^([0-9#*])\u20E3$/

/**
 * Exactly one emoji of Unicode's recommended set, as the engine's own data has it. Keyboards leave U+FE0F out here and there: it is put
 * back, so that the same reaction from two of them is one.
 */
export function parseEmoji(text: string): Result<Emoji, 'not_an_emoji'> {
  if (text.length > UNITS_MAX) return err('not_an_emoji')
  if (EMOJI.test(text)) return ok(text as Emoji)
  const qualified = text.replace(KEYCAP, '$1\uFE0F\u20E3').replace(LETTER_MEANT_AS_PICTURE, '$&\uFE0F')
  return EMOJI.test(qualified) ? ok(qualified as Emoji) : err('not_an_emoji')
}
