import { assert } from '@glasshouse/kernel'

/** A place in the line of answers. */
interface Place<Answer> {
  answer: Answer | undefined
}

/**
 * Answers in the order of their questions, though they become known in any order. Each question takes a place; an answer
 * goes out when all before it are out.
 */
export class OrderedAnswers<Answer extends object> {
  readonly #places: Place<Answer>[] = []
  readonly #send: (answer: Answer) => void

  constructor(send: (answer: Answer) => void) {
    this.#send = send
  }

  /** Questions that are not answered yet, or wait for one before them. */
  get waiting(): number {
    return this.#places.length
  }

  /** Takes a place; call what is returned once, with the answer. */
  take(): (answer: Answer) => void {
    const place: Place<Answer> = { answer: undefined }
    this.#places.push(place)
    return (answer) => {
      assert(place.answer === undefined, 'a question is answered once')
      place.answer = answer
      this.#release()
    }
  }

  #release(): void {
    let known = 0
    while (this.#places[known]?.answer !== undefined) known++
    for (const place of this.#places.splice(0, known)) if (place.answer !== undefined) this.#send(place.answer)
  }
}
