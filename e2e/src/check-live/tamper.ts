/** Pretends a fault of the server, on demand: a checker that cannot fail proves nothing. */
import type { Frame } from '../live-socket.ts'
import type { PlantedFault } from './options.ts'

/** Each so-many-th message is lost, or changes places with the frame after it. */
const EVERY = 40

export class Tamper {
  readonly #plant: PlantedFault | undefined
  #seen = 0
  #kept: Frame | undefined

  constructor(plant: PlantedFault | undefined) {
    this.#plant = plant
  }

  /** The frames that the client is to believe that it received instead. */
  pass(frame: Frame): Frame[] {
    const kept = this.#kept
    this.#kept = undefined
    if (this.#plant === undefined || frame.type !== 'new_message' || ++this.#seen % EVERY !== 0) {
      return kept === undefined ? [frame] : [frame, kept]
    }
    if (this.#plant === 'swapped') this.#kept = frame
    return kept === undefined ? [] : [kept]
  }
}
