/**
 * Takes a stream of Server-Sent Events apart (WHATWG HTML, section 9.2.6), as far as this protocol uses them: the data of each event.
 * Its type is in the data as well, and places (`id`) are for readers who keep no cursors of their own. Own code and no package, since
 * the SDK has no dependencies.
 */
export class EventParser {
  readonly #onData: (data: string) => void
  #rest = ''
  #data: string[] = []

  constructor(onData: (data: string) => void) {
    this.#onData = onData
  }

  /** Characters of an event that is not whole yet. */
  get heldLength(): number {
    return this.#data.reduce((sum, line) => sum + line.length, this.#rest.length)
  }

  take(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
  }

  #line(line: string): void {
    if (line === '') {
      const data = this.#data
      this.#data = []
      if (data.length > 0) this.#onData(data.join('\n'))
    } else if (line.startsWith('data:')) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5))
  }
}
