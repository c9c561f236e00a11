import type { CommonPasswords } from '../application/ports.ts'

/** The list of zxcvbn-ts, about 49,000 words. Loaded with the first password that is chosen: most starts never need its memory. */
export class ZxcvbnCommonPasswords implements CommonPasswords {
  #words: Promise<ReadonlySet<string>> | undefined

  async includesAny(words: readonly string[]): Promise<boolean> {
    this.#words ??= loadWords()
    const listed = await this.#words
    return words.some((word) => listed.has(word))
  }
}

async function loadWords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'])
}
