/** What a run is asked to do: read from the command line, with every bound named. */
import { parseArgs } from 'node:util'

/** A fault that a raw client pretends to have seen, to prove that the checker finds it. */
export const PLANTED_FAULTS = ['lost', 'swapped'] as const
export type PlantedFault = (typeof PLANTED_FAULTS)[number]

export interface CheckOptions {
  readonly seed: number
  readonly clients: number
  readonly durationMs: number
  readonly restartEveryMs: number
  readonly plant?: PlantedFault
}

export const USAGE = `usage: npm run check:live -- [--seed N] [--clients N] [--minutes M | --seconds S] [--restart-every S] [--plant lost|swapped]
  --seed           the decisions of a run; the one that a failed run printed repeats them (default: a new one)
  --clients        how many clients, half of them through the SDK (default 50)
  --minutes        how long, in minutes; or --seconds (default 1 minute)
  --restart-every  the average seconds between two ends of the server; 0: never (default 20)
  --plant          pretends a fault, to see that it is found`

const CLIENTS_MAX = 5_000
const DURATION_S_MAX = 7 * 86_400

/** The options, or one line that says what is wrong with them. */
export function readOptions(args: readonly string[]): CheckOptions | string {
  let values: Record<string, string | undefined>
  try {
    const text = { type: 'string' } as const
    const options = { seed: text, clients: text, minutes: text, seconds: text, 'restart-every': text, plant: text }
    values = parseArgs({ args: [...args], options }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  if (values['minutes'] !== undefined && values['seconds'] !== undefined) return 'give --minutes or --seconds, not both'
  const seed = whole(values['seed'], Math.floor(Math.random() * 2 ** 32), 0, 2 ** 32 - 1)
  const clients = whole(values['clients'], 50, 2, CLIENTS_MAX)
  const seconds = whole(values['seconds'], 60, 1, DURATION_S_MAX)
  const minutes = values['minutes'] === undefined ? seconds / 60 : Number(values['minutes'])
  const restartEveryS = whole(values['restart-every'], 20, 0, DURATION_S_MAX)
  const plant = PLANTED_FAULTS.find((each) => each === values['plant'])
  if (Number.isNaN(seed)) return '--seed must be a whole number from 0 to 4294967295'
  if (Number.isNaN(clients)) return `--clients must be a whole number from 2 to ${CLIENTS_MAX}`
  if (Number.isNaN(seconds)) return `--seconds must be a whole number from 1 to ${DURATION_S_MAX}`
  if (!(minutes > 0 && minutes <= DURATION_S_MAX / 60)) return `--minutes must be a number up to ${DURATION_S_MAX / 60}`
  if (Number.isNaN(restartEveryS)) return `--restart-every must be a whole number from 0 to ${DURATION_S_MAX}`
  if (values['plant'] !== undefined && plant === undefined) return `--plant must be ${PLANTED_FAULTS.join(' or ')}`
  return {
    seed,
    clients,
    durationMs: Math.round(minutes * 60_000),
    restartEveryMs: restartEveryS * 1_000,
    ...(plant === undefined ? {} : { plant }),
  }
}

function whole(text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : Number.NaN
}
