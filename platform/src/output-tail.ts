/** Splits a program's output into lines, and keeps the last ones: enough to say why it ended, and bounded. */
export class OutputTail {
  readonly #onLine: (line: string) => void
  readonly #decoder = new TextDecoder()
  #lines: string[] = []
  #rest = ''

  constructor(onLine: (line: string) => void = () => undefined) {
    this.#onLine = onLine
  }

  add(chunk: Uint8Array): void {
    const parts = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#rest = (parts.pop() ?? '').slice(0, LINE_CHARS_MAX)
    for (const part of parts) {
      const line = part.trimEnd().slice(0, LINE_CHARS_MAX)
      if (line === '') continue
      this.#lines.push(line)
      if (this.#lines.length > LINES_MAX) this.#lines.shift()
      this.#onLine(line)
    }
  }

  lines(): readonly string[] {
    return this.#rest === '' ? this.#lines : [...this.#lines, this.#rest]
  }
}

const LINES_MAX = 40
const LINE_CHARS_MAX = 2_000
