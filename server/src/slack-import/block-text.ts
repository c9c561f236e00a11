/**
 * The text of Slack's "blocks", in the format of `text`: for messages that carry blocks and an empty text. Rich text is walked to a
 * bounded depth; a kind of block that is not known gives what text it has.
 */
import { filledText, isRecord, recordOf, recordsOf, textOf, type JsonRecord } from './json-value.ts'

const DEPTH_MAX = 16
/** Blocks of one message are read until their text has this length. */
const TEXT_CHARACTERS_MAX = 200_000

const encode = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export function blocksText(message: JsonRecord): string {
  const texts: string[] = []
  let length = 0
  for (const block of recordsOf(message, 'blocks')) {
    const text = blockText(block)
    if (text === '') continue
    texts.push(text)
    length += text.length
    if (length > TEXT_CHARACTERS_MAX) break
  }
  return texts.join('\n')
}

function blockText(block: JsonRecord): string {
  switch (block['type']) {
    case 'rich_text':
      return elementsText(block, 0, '\n')
    case 'context':
      return recordsOf(block, 'elements').map(textObject).filter(Boolean).join(' ')
    case 'image': {
      const url = filledText(block, 'image_url')
      const name = filledText(block, 'alt_text') ?? 'image'
      return url === undefined ? encode(name) : `<${encode(url)}|${encode(name)}>`
    }
    default: {
      const parts = [recordOf(block, 'text'), ...recordsOf(block, 'fields')]
      return parts.filter(isRecord).map(textObject).filter(Boolean).join('\n')
    }
  }
}

/** `{type: "mrkdwn" | "plain_text", text}`. */
function textObject(object: JsonRecord): string {
  const text = textOf(object, 'text') ?? ''
  return object['type'] === 'plain_text' ? encode(text) : text
}

function elementsText(parent: JsonRecord, depth: number, separator: string): string {
  if (depth > DEPTH_MAX) return ''
  return recordsOf(parent, 'elements')
    .map((element) => elementText(element, depth + 1))
    .join(separator)
}

function elementText(element: JsonRecord, depth: number): string {
  switch (element['type']) {
    case 'rich_text_section':
      return elementsText(element, depth, '')
    case 'rich_text_preformatted':
      return `\`\`\`\n${elementsText(element, depth, '')}\n\`\`\``
    case 'rich_text_quote':
      return elementsText(element, depth, '')
        .split('\n')
        .map((line) => `&gt; ${line}`)
        .join('\n')
    case 'rich_text_list':
      return listText(element, depth)
    case 'text':
      return styled(encode(textOf(element, 'text') ?? ''), element)
    default:
      return referenceText(element)
  }
}

function listText(list: JsonRecord, depth: number): string {
  const indentLevels = typeof list['indent'] === 'number' ? Math.min(Math.max(Math.trunc(list['indent']), 0), 8) : 0
  const first = typeof list['offset'] === 'number' ? Math.trunc(list['offset']) + 1 : 1
  return recordsOf(list, 'elements')
    .map((item, index) => {
      const marker = list['style'] === 'ordered' ? `${first + index}.` : '-'
      return `${'   '.repeat(indentLevels)}${marker} ${elementText(item, depth)}`
    })
    .join('\n')
}

function referenceText(element: JsonRecord): string {
  const id = (key: string): string => encode(textOf(element, key) ?? '')
  switch (element['type']) {
    case 'link': {
      const label = filledText(element, 'text')
      return label === undefined ? `<${id('url')}>` : `<${id('url')}|${encode(label)}>`
    }
    case 'user':
      return `<@${id('user_id')}>`
    case 'channel':
      return `<#${id('channel_id')}>`
    case 'usergroup':
      return `<!subteam^${id('usergroup_id')}>`
    case 'broadcast':
      return `<!${id('range')}>`
    case 'emoji':
      return `:${id('name')}${typeof element['skin_tone'] === 'number' ? `::skin-tone-${element['skin_tone']}` : ''}:`
    case 'date':
      return id('fallback')
    case 'color':
      return id('value')
    default:
      return ''
  }
}

/** Marks must stand at the text and not at white space around it. */
function styled(text: string, element: JsonRecord): string {
  const style = recordOf(element, 'style')
  const inner = text.trim()
  if (style === undefined || inner === '' || inner.includes('\n')) return text
  let marked = inner
  if (style['code'] === true) marked = `\`${marked}\``
  if (style['strike'] === true) marked = `~${marked}~`
  if (style['italic'] === true) marked = `_${marked}_`
  if (style['bold'] === true) marked = `*${marked}*`
  const start = text.indexOf(inner)
  return text.slice(0, start) + marked + text.slice(start + inner.length)
}
