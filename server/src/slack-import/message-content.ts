/** What a message says, as Markdown: its text (or its blocks), what a program attached to it, and the names of its files. */
import { blocksText } from './block-text.ts'
import { filledText, recordOf, recordsOf, textOf, type JsonRecord } from './json-value.ts'
import { escapeMarkdown, markdownLink } from './markdown-escape.ts'
import { mrkdwnToMarkdown, type SlackNames } from './mrkdwn-to-markdown.ts'

/** Longer than what may be sent, since history is kept as it was; and still a bound. */
export const CONTENT_CHARACTERS_MAX = 100_000
const ATTACHMENTS_MAX = 100
const CUT_NOTE = '(The rest of this message was too long to be imported.)'

export interface MessageContent {
  readonly markdown: string
  /** It was longer than CONTENT_CHARACTERS_MAX. */
  readonly cut: boolean
  /** Files that are named in the text and whose content did not come in. */
  readonly files: number
}

export function messageContent(message: JsonRecord, names: SlackNames): MessageContent {
  const parts: string[] = []
  let cut = false
  const convert = (text: string): string => {
    // Cut before it is converted, so that the work is bounded too.
    if (text.length > CONTENT_CHARACTERS_MAX) cut = true
    return mrkdwnToMarkdown(text.slice(0, CONTENT_CHARACTERS_MAX), names)
  }
  const text = textOf(message, 'text') || blocksText(message)
  if (message['subtype'] === 'tombstone') parts.push('(deleted)')
  else if (text !== '') parts.push(convert(message['subtype'] === 'me_message' ? asAction(text) : text))
  for (const attachment of recordsOf(message, 'attachments').slice(0, ATTACHMENTS_MAX)) {
    const markdown = attachmentMarkdown(attachment, { hasText: text !== '', convert })
    if (markdown !== '') parts.push(markdown)
  }
  const files = filesOf(message)
  if (files.length > 0) parts.push(files.map(fileMarkdown).join('\n'))
  const whole = parts.join('\n\n')
  if (whole.length <= CONTENT_CHARACTERS_MAX && !cut) return { markdown: whole, cut, files: files.length }
  return { markdown: cutMarkdown(whole), cut: true, files: files.length }
}

/** `/me waves` is shown in italics. */
function asAction(text: string): string {
  return /[_\n]/.test(text) || text.trim() === '' ? text : `_${text.trim()}_`
}

/** At a line's end where there is one near, with the code closed that was open there. */
function cutMarkdown(markdown: string): string {
  const room = CONTENT_CHARACTERS_MAX - CUT_NOTE.length - 16
  let kept = markdown.slice(0, room).toWellFormed()
  const lineEnd = kept.lastIndexOf('\n')
  if (markdown.length > room && lineEnd > room / 2) kept = kept.slice(0, lineEnd)
  const fences = kept.match(/^(?:> )?```$/gm)?.length ?? 0
  return `${kept}${fences % 2 === 1 ? '\n```' : ''}\n\n${CUT_NOTE}`
}

interface AttachmentContext {
  readonly hasText: boolean
  readonly convert: (text: string) => string
}

/** What a program attached, as a quote. The preview of a link whose address is in the text says nothing new. */
function attachmentMarkdown(attachment: JsonRecord, { hasText, convert }: AttachmentContext): string {
  const isPreview =
    filledText(attachment, 'from_url') !== undefined || filledText(attachment, 'original_url') !== undefined
  if (isPreview && hasText) return ''
  const lines: string[] = []
  const pretext = filledText(attachment, 'pretext')
  if (pretext !== undefined) lines.push(convert(pretext))
  const title = filledText(attachment, 'title')
  const link = filledText(attachment, 'title_link')
  if (title !== undefined)
    lines.push(convert(link === undefined ? title : `<${link}|${title.replaceAll(/[<>|]/g, ' ')}>`))
  const text = filledText(attachment, 'text') ?? (blocksText(attachment) || undefined)
  if (text !== undefined) lines.push(convert(text))
  for (const field of recordsOf(attachment, 'fields').slice(0, ATTACHMENTS_MAX)) {
    const [name, value] = [filledText(field, 'title'), filledText(field, 'value')]
    if (name !== undefined || value !== undefined)
      lines.push(convert([name, value].filter((part) => part !== undefined).join(': ')))
  }
  const fallback = filledText(attachment, 'fallback')
  if (lines.length === 0 && fallback !== undefined) lines.push(convert(fallback))
  return lines
    .join('\n')
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n')
    .replace(/^>$/, '')
}

function filesOf(message: JsonRecord): JsonRecord[] {
  const files = recordsOf(message, 'files')
  const single = recordOf(message, 'file')
  return (files.length === 0 && single !== undefined ? [single] : files).slice(0, ATTACHMENTS_MAX)
}

function fileMarkdown(file: JsonRecord): string {
  if (file['mode'] === 'tombstone') return '(a file that was deleted in Slack)'
  if (file['mode'] === 'hidden_by_limit') return '(a file that Slack hides from this plan)'
  const name = escapeMarkdown(filledText(file, 'title') ?? filledText(file, 'name') ?? 'file')
  const address = publicAddress(filledText(file, 'permalink') ?? filledText(file, 'url_private'))
  return `File: ${address === undefined ? name : markdownLink(name, address)}`
}

/** An export's addresses carry a key (`?t=xoxe-...`) that opens every file of the team: it does not belong into a message. */
function publicAddress(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url)
  if (parsed === null || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) return undefined
  parsed.searchParams.delete('t')
  return parsed.href
}
