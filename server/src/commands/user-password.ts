/** `glasshouse user password NAME`: for somebody who came in by an import, or is locked out. */
import { failureMessage } from '@glasshouse/contracts'
import type { Config } from '../config.ts'
import { readSecretLine } from '../terminal.ts'
import { openForCommand } from './open-for-command.ts'

export async function runUserPassword(config: Config, username: string): Promise<number> {
  const password = await readSecretLine(`New password of ${username}: `)
  if (password === undefined) return refuse('no password was given: type one, or pipe one in')
  const opened = await openForCommand(config, 'user password')
  if (!opened.ok) return refuse(opened.error)
  await using command = opened.value
  const set = await command.house.identity.setPassword(username, password)
  if (!set.ok) return refuse(failureMessage(set.error))
  console.log(`${set.value.username} may sign in with the new password; what was signed in before is not any more.`)
  return 0
}

function refuse(reason: string): number {
  console.error(`glasshouse: ${reason}`)
  return 1
}
