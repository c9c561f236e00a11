import { emojiOf } from './slack-emoji.ts'
import { escapeMarkdown, markdownLink, safeAddress } from './markdown-escape.ts'

/** Names here of what Slack's ids stand for; undefined for what did not come in. */
export interface SlackNames {
  user(slackId: string): string | undefined
  channel(slackId: string): string | undefined
}

/** What stands between `<` and `>`. */
export type Markup =
  | { readonly kind: 'link'; readonly url: string; readonly label: string | undefined }
  /** A mention, a channel, a date: text, without marks of its own. */
  | { readonly kind: 'text'; readonly text: string }

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]{1,31}:/
const LINK_SCHEME = /^(?:https?|mailto):/i

/** Slack writes these three entities and no others. Each is decoded once: `&amp;lt;` is the text `&lt;`. */
export function decodeEntities(text: string): string {
  return text.includes('&') ? text.replaceAll(/&(lt|gt|amp);/g, (_, name) => ENTITIES[String(name)] ?? '') : text
}
const ENTITIES: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&' }

/** Reads what stands between `<` and `>`; undefined when that is no markup of Slack's. */
export function parseMarkup(inner: string, names: SlackNames): Markup | undefined {
  const bar = inner.indexOf('|')
  const target = bar === -1 ? inner : inner.slice(0, bar)
  const label = bar === -1 ? undefined : decodeEntities(inner.slice(bar + 1)).trim() || undefined
  const id = target.slice(1)
  switch (target[0]) {
    case '@':
      if (!/^[A-Z0-9]{2,}$/.test(id)) return undefined
      return { kind: 'text', text: `@${names.user(id) ?? label?.replace(/^@/, '') ?? id}` }
    case '#':
      if (!/^[A-Z0-9]{2,}$/.test(id)) return undefined
      return { kind: 'text', text: `#${names.channel(id) ?? label?.replace(/^#/, '') ?? id}` }
    case '!':
      return parseCommand(id, label)
    default:
      return SCHEME.test(target) ? { kind: 'link', url: decodeEntities(target), label } : undefined
  }
}

/** `<!here>`, `<!subteam^S1|@group>`, `<!date^1392734382^{date}|18 February 2014>`. */
function parseCommand(command: string, label: string | undefined): Markup | undefined {
  const [name = '', ...parts] = command.split('^')
  if (name === 'channel' || name === 'here' || name === 'everyone') return { kind: 'text', text: `@${name}` }
  if (name === 'subteam') return { kind: 'text', text: `@${(label ?? parts[0] ?? name).replace(/^@/, '')}` }
  if (name === 'date') return { kind: 'text', text: label ?? parts[0] ?? '' }
  return label === undefined ? undefined : { kind: 'text', text: label }
}

/** As Markdown. A link whose scheme is not for a reader's browser becomes text with the address in brackets. */
export function markupToMarkdown(markup: Markup): string {
  if (markup.kind === 'text') return escapeMarkdown(markup.text)
  const { url, label } = markup
  if (!LINK_SCHEME.test(url) || !URL.canParse(url)) {
    return escapeMarkdown(label === undefined || label === url ? url : `${label} (${url})`)
  }
  const address = url.replace(/^mailto:/i, '')
  if (label !== undefined && label !== url) return markdownLink(escapeMarkdown(withEmoji(label)), url)
  return address === url ? `<${safeAddress(url)}>` : markdownLink(escapeMarkdown(address), url)
}

/** As what a reader of code would want to see: the label, or the address. */
function markupToPlainText(markup: Markup): string {
  return markup.kind === 'text' ? markup.text : (markup.label ?? markup.url)
}

const EMOJI_NAME = /:([a-z0-9_+'-]{1,100}(?:::skin-tone-[2-6])?):/y
const EMOJI_NAMES = new RegExp(EMOJI_NAME.source, 'g')

function withEmoji(text: string): string {
  return text.replaceAll(EMOJI_NAMES, (written, name) => emojiOf(String(name)) ?? written)
}

/** The emoji whose name stands between colons at this place, and where it ends. */
export function emojiAt(text: string, at: number): { readonly emoji: string; readonly end: number } | undefined {
  EMOJI_NAME.lastIndex = at
  const match = EMOJI_NAME.exec(text)
  const emoji = match === null ? undefined : emojiOf(match[1] ?? '')
  return emoji === undefined ? undefined : { emoji, end: EMOJI_NAME.lastIndex }
}

const MARKUP = /<([^<>\n]*)>/g

/** The text of code: entities decoded, markup replaced by its plain text, and nothing else touched. */
export function codeText(raw: string, names: SlackNames): string {
  if (!raw.includes('<') && !raw.includes('&')) return raw
  let text = ''
  let end = 0
  // Decoded piece by piece, so that a decoded `<` is never taken for markup.
  for (const match of raw.matchAll(MARKUP)) {
    const markup = parseMarkup(match[1] ?? '', names)
    if (markup === undefined) continue
    text += decodeEntities(raw.slice(end, match.index)) + markupToPlainText(markup)
    end = match.index + match[0].length
  }
  return text + decodeEntities(raw.slice(end))
}
