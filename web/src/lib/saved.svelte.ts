import { SavedMessages, type Api } from '@glasshouse/client'
import { userOfStream, type ChangeFrame } from '@glasshouse/contracts'

/** Which messages the person has saved, on whichever device. */
export class Saved {
  readonly #api: Pick<Api, 'listSavedIds'>
  readonly #userId: string
  readonly #messages = new SavedMessages()
  /** Counts what became of them: the store tells nobody by itself. */
  #version = $state(0)

  constructor(api: Pick<Api, 'listSavedIds'>, userId: string) {
    this.#api = api
    this.#userId = userId
  }

  has(messageId: string): boolean {
    void this.#version
    return this.#messages.has(messageId)
  }

  /** Reads them anew. Where that fails, it is as it was; the next connection reads them again. */
  async load(): Promise<void> {
    const list = await this.#api.listSavedIds()
    // Somebody else has signed in in another tab: what they save is theirs.
    if (!list.ok || userOfStream(list.value.stream) !== this.#userId) return
    this.#messages.replace(list.value)
    this.#version++
  }

  /** Changes of the person's own stream. */
  apply(changes: readonly ChangeFrame[]): void {
    if (changes.filter((change) => this.#messages.apply(change)).length > 0) this.#version++
  }
}
