/** What a run is asked to do: read from the command line, with every bound named. */
import { parseArgs } from 'node:util'
import { DEFAULT_FAULTS, FAULT_NAMES, FAULTS, type FaultName } from './faults.ts'

/** A fault that a raw client pretends to have seen, to prove that the checker finds it. */
export const PLANTED_FAULTS = ['lost', 'swapped'] as const
export type PlantedFault = (typeof PLANTED_FAULTS)[number]

/** The server's own PostgreSQL, or one that the run starts, behind a wire that the run holds. */
export const DATABASES = ['embedded', 'external'] as const
export type DatabaseKind = (typeof DATABASES)[number]

export interface CheckOptions {
  readonly seed: number
  readonly clients: number
  readonly durationMs: number
  readonly restartEveryMs: number
  readonly faults: readonly FaultName[]
  /** How long a fault that lasts does. */
  readonly faultMs: number
  readonly database: DatabaseKind
  readonly plant?: PlantedFault
}

export const USAGE = `usage: npm run check:live -- [--seed N] [--clients N] [--minutes M | --seconds S] [--restart-every S]
         [--faults NAME,NAME | all] [--fault-seconds S] [--database embedded|external] [--plant lost|swapped]
  --seed           the decisions of a run; the one that a failed run printed repeats them (default: a new one)
  --clients        how many clients: half through the SDK, a sixth over event streams (default 50)
  --minutes        how long, in minutes; or --seconds (default 1 minute)
  --restart-every  the average seconds between two faults; 0: none (default 20)
  --faults         which, by name; the first round is in this order, later ones as the seed has it
                   (default ${DEFAULT_FAULTS.join(',')})
${FAULT_NAMES.map((name) => `                   ${name.padEnd(16)} ${FAULTS[name].about}`).join('\n')}
  --fault-seconds  how long a fault that lasts does (default 15)
  --database       the server's own, or an external one (default: external when one of the faults needs it)
  --plant          pretends a fault, to see that it is found`

const CLIENTS_MAX = 5_000
const DURATION_S_MAX = 7 * 86_400
const FAULT_S_MAX = 300
const OPTION_NAMES = [
  'seed',
  'clients',
  'minutes',
  'seconds',
  'restart-every',
  'faults',
  'fault-seconds',
  'database',
  'plant',
] as const
type Values = Partial<Record<(typeof OPTION_NAMES)[number], string>>

/** The options, or one line that says what is wrong with them. */
export function readOptions(args: readonly string[]): CheckOptions | string {
  let values: Values
  try {
    const options = Object.fromEntries(OPTION_NAMES.map((name) => [name, { type: 'string' }] as const))
    values = parseArgs({ args: [...args], options }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  if (values.minutes !== undefined && values.seconds !== undefined) return 'give --minutes or --seconds, not both'
  const seed = whole(values.seed, Math.floor(Math.random() * 2 ** 32), 0, 2 ** 32 - 1)
  const clients = whole(values.clients, 50, 2, CLIENTS_MAX)
  const seconds = whole(values.seconds, 60, 1, DURATION_S_MAX)
  const minutes = values.minutes === undefined ? seconds / 60 : Number(values.minutes)
  const restartEveryS = whole(values['restart-every'], 20, 0, DURATION_S_MAX)
  const faultS = whole(values['fault-seconds'], 15, 1, FAULT_S_MAX)
  const plant = PLANTED_FAULTS.find((each) => each === values.plant)
  if (Number.isNaN(seed)) return '--seed must be a whole number from 0 to 4294967295'
  if (Number.isNaN(clients)) return `--clients must be a whole number from 2 to ${CLIENTS_MAX}`
  if (Number.isNaN(seconds)) return `--seconds must be a whole number from 1 to ${DURATION_S_MAX}`
  if (!(minutes > 0 && minutes <= DURATION_S_MAX / 60)) return `--minutes must be a number up to ${DURATION_S_MAX / 60}`
  if (Number.isNaN(restartEveryS)) return `--restart-every must be a whole number from 0 to ${DURATION_S_MAX}`
  if (Number.isNaN(faultS)) return `--fault-seconds must be a whole number from 1 to ${FAULT_S_MAX}`
  if (values.plant !== undefined && plant === undefined) return `--plant must be ${PLANTED_FAULTS.join(' or ')}`
  const struck = readFaults(values)
  if (typeof struck === 'string') return struck
  return {
    seed,
    clients,
    durationMs: Math.round(minutes * 60_000),
    restartEveryMs: restartEveryS * 1_000,
    faultMs: faultS * 1_000,
    ...struck,
    ...(plant === undefined ? {} : { plant }),
  }
}

function readFaults({ faults: list, database: given }: Values): Pick<CheckOptions, 'faults' | 'database'> | string {
  const chosen = DATABASES.find((each) => each === given)
  if (given !== undefined && chosen === undefined) return `--database must be ${DATABASES.join(' or ')}`
  const names = list === undefined ? DEFAULT_FAULTS : list.split(',').map((each) => each.trim())
  const all = FAULT_NAMES.filter((name) => chosen !== 'embedded' || FAULTS[name].database === undefined)
  const faults: FaultName[] = []
  for (const name of list === 'all' ? all : names) {
    const known = FAULT_NAMES.find((each) => each === name)
    if (known === undefined) return `--faults: there is no "${name}", only ${FAULT_NAMES.join(', ')}, and all`
    const whyNot = FAULTS[known].whyNot?.()
    if (whyNot !== undefined) return `--faults: ${known} cannot be done here: ${whyNot}`
    if (chosen === 'embedded' && FAULTS[known].database !== undefined)
      return `--faults: ${known} needs --database external`
    if (!faults.includes(known)) faults.push(known)
  }
  const needsExternal = faults.some((name) => FAULTS[name].database === 'external')
  return { faults, database: chosen ?? (needsExternal ? 'external' : 'embedded') }
}

/** The command line that asks for this again. */
export function commandOf(options: CheckOptions): string {
  const { seed, clients, durationMs, restartEveryMs, faults, faultMs, database } = options
  return (
    `npm run check:live -- --seed ${seed} --clients ${clients} --seconds ${Math.ceil(durationMs / 1_000)} ` +
    `--restart-every ${restartEveryMs / 1_000} --faults ${faults.join(',')} --fault-seconds ${faultMs / 1_000} ` +
    `--database ${database}`
  )
}

function whole(text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : Number.NaN
}
