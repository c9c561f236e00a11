/** Colours code, in a thread of its own. */
import type { HighlightAnswer, HighlightRequest } from './highlight-code.ts'
import { highlightHtml } from './highlight-html.ts'

addEventListener('message', ({ data }: MessageEvent<HighlightRequest>) => {
  postMessage({ id: data.id, html: highlightHtml(data.language, data.code) } satisfies HighlightAnswer)
})
