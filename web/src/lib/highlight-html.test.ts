import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { highlightHtml } from './highlight-html.ts'

describe('highlightHtml', () => {
  test('marks what code is made of', () => {
    expect(highlightHtml('ts', "const a = 'b'")).toBe(
      '<span class="hljs-keyword">const</span> a = <span class="hljs-string">&#x27;b&#x27;</span>',
    )
    expect(highlightHtml('racket', '(define x 1)')).toContain('<span class="hljs-number">1</span>')
  })

  test('a language that is not known is left plain', () => {
    expect(highlightHtml('klingon', 'qapla')).toBeUndefined()
    expect(highlightHtml('__proto__', 'x')).toBeUndefined()
  })

  test('whatever the code is, no HTML of it comes through', () => {
    const language = fc.constantFrom('xml', 'markdown', 'typescript', 'bash', 'css', 'php')
    const piece = fc.constantFrom('<', '>', '"', "'", '&', '<script>', '</span>', '<!--', '`', '\n', '${', 'a', ' ')
    fc.assert(
      fc.property(language, fc.array(piece, { maxLength: 40 }), (name, pieces) => {
        const html = highlightHtml(name, pieces.join('')) ?? ''
        expect(html.replaceAll(/<span class="[\w -]+">|<\/span>/g, '')).not.toMatch(/[<>]/)
      }),
      { seed: 20_261_121 },
    )
  })
})
