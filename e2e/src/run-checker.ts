/** The checker as a person runs it: a program, its exit code, and what it says. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('./check-live/main.ts', import.meta.url))

export interface CheckerOutcome {
  readonly code: number | null
  readonly output: string
  /** The value in a row of the table. */
  readonly row: (name: string) => string
}

export async function runChecker(args: string): Promise<CheckerOutcome> {
  const child = spawn(process.execPath, [MAIN, ...args.split(' ')], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const add = (chunk: Buffer): void => void (output += chunk.toString('utf8'))
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed)
    child.on('close', done)
  })
  const row = (name: string): string => new RegExp(`^${name} {2,}(.+)$`, 'm').exec(output)?.[1] ?? `no row in ${output}`
  return { code, output, row }
}
