import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Slack's emoji names are those of the "iamcal" set; emojibase-data lists them by code points. Read on first use: a Glasshouse
 * that imports nothing does not need them.
 */
let byName: ReadonlyMap<string, string> | undefined

function emojiByName(): ReadonlyMap<string, string> {
  if (byName !== undefined) return byName
  const path = fileURLToPath(import.meta.resolve('emojibase-data/en/shortcodes/iamcal.json'))
  const namesByCode: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const table = new Map<string, string>()
  for (const [code, names] of Object.entries(namesByCode ?? {})) {
    const emoji = withPictureSelector(
      String.fromCodePoint(...code.split('-').map((point) => Number.parseInt(point, 16))),
    )
    for (const name of Array.isArray(names) ? names : [names]) {
      if (typeof name === 'string') table.set(name, emoji)
    }
  }
  // A name of Slack's own, from the days before it had Unicode's.
  const smile = table.get('slightly_smiling_face')
  if (smile !== undefined) table.set('simple_smile', smile)
  byName = table
  return table
}

const TEXT_BY_DEFAULT = /^(?!\p{Emoji_Presentation})[\p{Emoji}--[0-9#*]]$/v

/** Characters like a heart or a sun are letters unless U+FE0F says that a picture is meant. */
function withPictureSelector(emoji: string): string {
  return TEXT_BY_DEFAULT.test(emoji) ? `${emoji}\uFE0F` : emoji
}

const SKIN_TONE_FIRST = 0x1f3fb - 2
const NAME_AND_TONE = /^([^:]+)(?:::skin-tone-([2-6]))?$/
const TAKES_SKIN_TONE = /^\p{Emoji_Modifier_Base}/u

/**
 * The emoji of a name as Slack writes it between colons, with or without a skin tone (`wave::skin-tone-3`); undefined for a name
 * that is not known, such as a workspace's own picture.
 */
export function emojiOf(slackName: string): string | undefined {
  const match = NAME_AND_TONE.exec(slackName)
  const emoji = emojiByName().get(match?.[1] ?? '')
  const tone = match?.[2]
  if (emoji === undefined || tone === undefined || !TAKES_SKIN_TONE.test(emoji)) return emoji
  const [base = '', ...rest] = emoji
  const modifier = String.fromCodePoint(SKIN_TONE_FIRST + Number(tone))
  return base + modifier + (rest[0] === '\uFE0F' ? rest.slice(1) : rest).join('')
}
