import { whenIdle } from './when-idle.ts'

/** Longer code stays plain: nobody reads it here for its colours. */
const CODE_CHARACTERS_MAX = 20_000
/** Coloured texts that are kept, for rows that scroll out of sight and back. */
const KEPT_MAX = 200

export interface HighlightRequest {
  readonly id: number
  readonly language: string
  readonly code: string
}

/** HTML in which all of the code is escaped; undefined for a language that is not known. */
export interface HighlightAnswer {
  readonly id: number
  readonly html: string | undefined
}

let worker: Worker | undefined
let lastId = 0
const waiting = new Map<number, (html: string | undefined) => void>()
const kept = new Map<string, Promise<string | undefined>>()

/** An attachment: gives colours to the code blocks in it that name their language. It is done aside, so that scrolling never waits. */
export function highlightCode(element: HTMLElement): (() => void) | undefined {
  const blocks = [...element.querySelectorAll<HTMLElement>('pre code[class*="language-"]')]
  if (blocks.length === 0) return undefined
  let gone = false
  whenIdle(() => {
    for (const block of gone ? [] : blocks) {
      const language = /language-(\S+)/.exec(block.className)?.[1]?.toLowerCase()
      const code = block.textContent
      if (language === undefined || code.length > CODE_CHARACTERS_MAX) continue
      void highlighted(language, code).then((html) => {
        if (!gone && html !== undefined) block.innerHTML = html
      })
    }
  })
  return () => {
    gone = true
  }
}

function highlighted(language: string, code: string): Promise<string | undefined> {
  const key = `${language}\n${code}`
  const known = kept.get(key)
  if (known) return known
  const answer = ask(language, code)
  kept.set(key, answer)
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value ?? '')
  return answer
}

function ask(language: string, code: string): Promise<string | undefined> {
  worker ??= startWorker()
  const id = ++lastId
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  waiting.set(id, resolve)
  worker.postMessage({ id, language, code } satisfies HighlightRequest)
  return promise
}

function startWorker(): Worker {
  const started = new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' })
  started.addEventListener('message', ({ data }: MessageEvent<HighlightAnswer>) => {
    waiting.get(data.id)?.(data.html)
    waiting.delete(data.id)
  })
  return started
}
