import { createContext } from 'svelte'

/** How the one who looks reads times: their zone, and the time of day for words such as "Today". */
export class Viewer {
  timeZone = $state('UTC')
  /** Moves once a minute in the browser; the server renders at one moment. */
  nowMs = $state(0)

  constructor(timeZone: string, nowMs: number) {
    this.timeZone = timeZone
    this.nowMs = nowMs
  }
}

export const [useViewer, setViewer] = createContext<Viewer>()
