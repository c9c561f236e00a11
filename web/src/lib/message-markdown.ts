import MarkdownIt from 'markdown-it'
import type { StateCore, Token } from 'markdown-it'

/**
 * Messages are Markdown. What comes out is safe to put into a page: HTML in a message is shown as the text that it is, addresses may
 * only have schemes that run nothing, and pictures become links, so that reading a message asks no other machine for anything.
 */
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false, maxNesting: 20 })

// A line of dashes under a text, an indented line and `[a]: b` are seldom meant as Markdown in a chat; as text nothing is lost.
markdown.disable(['lheading', 'code', 'reference'])
// Without a scheme, `main.rs` and `name@host` would become links.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
markdown.validateLink = isSafeAddress

const SAFE_SCHEMES = new Set(['http:', 'https:', 'mailto:'])

function isSafeAddress(address: string): boolean {
  const trimmed = address.trim()
  // A page of this site; two slashes would be another site.
  if (/^[/#](?![/\\])/.test(trimmed)) return true
  const url = URL.parse(trimmed)
  return url !== null && SAFE_SCHEMES.has(url.protocol)
}

const escape = (text: string): string => markdown.utils.escapeHtml(text)

markdown.renderer.rules['link_open'] = (tokens, index, options, _environment, renderer) => {
  tokens[index]?.attrSet('target', '_blank')
  tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow')
  return renderer.renderToken(tokens, index, options)
}
markdown.renderer.rules['image'] = (tokens, index) => {
  const token = tokens[index]
  const source = String(token?.attrGet('src') ?? '')
  const label = token?.content || source
  return `<a href="${escape(source)}" target="_blank" rel="noopener noreferrer nofollow">${escape(label)}</a>`
}
// A message is no chapter: its headings are strong lines outside of the page's outline.
markdown.renderer.rules['heading_open'] = () => '<p class="heading">'
markdown.renderer.rules['heading_close'] = () => '</p>\n'
markdown.renderer.rules['table_open'] = () => '<div class="table"><table>'
markdown.renderer.rules['table_close'] = () => '</table></div>\n'

markdown.renderer.rules['mention'] = (tokens, index, _options, environment) => {
  const name = tokens[index]?.content ?? ''
  const mine = environment?.['viewer'] === name.toLowerCase()
  return `<span class="mention${mine ? ' mine' : ''}">@${escape(name)}</span>`
}

/** A name may hold dots and dashes; a full stop or a dash after it belongs to the sentence. */
const MENTION = /(?<![\w@/.])@([A-Za-z0-9_-][A-Za-z0-9_.-]{0,38}[A-Za-z0-9_])/g

/** Cuts mentions out of texts that are not within a link. Code is never `text`, so it stays as it is. */
markdown.core.ruler.push('mention', (state: StateCore) => {
  for (const block of state.tokens) {
    if (block.type !== 'inline' || !block.children?.some((child) => child.content.includes('@'))) continue
    let linkDepth = 0
    const children: Token[] = []
    for (const child of block.children) {
      if (child.type === 'link_open') linkDepth++
      if (child.type === 'link_close') linkDepth--
      if (child.type === 'text' && linkDepth === 0) children.push(...withMentions(state, child))
      else children.push(child)
    }
    block.children = children
  }
})

function withMentions(state: StateCore, text: Token): Token[] {
  const pieces: Token[] = []
  const push = (type: string, content: string): void => {
    if (content === '') return
    const token = new state.Token(type, '', 0)
    token.content = content
    token.level = text.level
    pieces.push(token)
  }
  let end = 0
  for (const match of text.content.matchAll(MENTION)) {
    push('text', text.content.slice(end, match.index))
    push('mention', match[1] ?? '')
    end = match.index + match[0].length
  }
  push('text', text.content.slice(end))
  return pieces
}

/** HTML of a message. `viewer` is the user name of the one who reads. */
export function renderMarkdown(content: string, viewer?: string): string {
  // Lower case; a mention of this person stands out.
  return markdown.render(content, { viewer: viewer?.toLowerCase() })
}
