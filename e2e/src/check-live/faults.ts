/** What a run can do to the server and to what it stands on. Each has a name, for `--faults`. */
import { whyNoSmallDisk } from '../small-disk.ts'
import { whyNoSteppedClock } from '../stepped-clock.ts'

interface FaultKind {
  readonly about: string
  /** A fault on the way to the database needs one that is not the server's own. */
  readonly database?: 'external'
  /** Why it cannot be done on this machine. */
  readonly whyNot?: () => string | undefined
}

const KINDS = {
  'kill-server': { about: 'kill -9 of the server, which is started again' },
  'stop-server': { about: 'SIGTERM to the server, which is started again' },
  'kill-postgres': { about: 'kill -9 of PostgreSQL' },
  'freeze-server': { about: 'SIGSTOP of the server, for a while' },
  'freeze-postgres': { about: 'SIGSTOP of PostgreSQL and its processes, for a while' },
  'full-disk': { about: 'no space left for PostgreSQL, for a while', whyNot: whyNoSmallDisk },
  'cut-database': { about: 'the connections to PostgreSQL cut, and refused for a while', database: 'external' },
  'stall-database': { about: 'nothing passes between server and PostgreSQL, for a while', database: 'external' },
  'slow-database': { about: 'each packet to and from PostgreSQL late by up to 500 ms', database: 'external' },
  'clock-step': {
    about: 'the clock of server and PostgreSQL stepped by an hour and, after a while, back',
    database: 'external',
    whyNot: whyNoSteppedClock,
  },
} as const satisfies Record<string, FaultKind>

export type FaultName = keyof typeof KINDS
export const FAULTS: Readonly<Record<FaultName, FaultKind>> = KINDS
export const FAULT_NAMES = Object.keys(KINDS) as FaultName[]

/** What can be done anywhere, to a server with its own database. */
export const DEFAULT_FAULTS: readonly FaultName[] = [
  'kill-server',
  'stop-server',
  'kill-postgres',
  'freeze-server',
  'freeze-postgres',
]
