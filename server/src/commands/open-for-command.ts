/** What a command beside the server needs: the data folder's secrets, the database (joined or run for a while), and the house on it. */
import { makeDataFolder, createLogger } from '@glasshouse/platform'
import { err, ok, type Result } from '@glasshouse/kernel'
import type { Config } from '../config.ts'
import { joinDatabase } from '../database.ts'
import { openHouse, type House } from '../house.ts'
import { loadSecrets } from '../secrets.ts'

export interface OpenedHouse extends AsyncDisposable {
  readonly house: House
}

export async function openForCommand(config: Config, role: string): Promise<Result<OpenedHouse, string>> {
  const folder = await makeDataFolder(config.GLASSHOUSE_DATA)
  if (!folder.ok) return err(folder.error.message)
  const secrets = await loadSecrets(folder.value)
  if (!secrets.ok) return secrets
  const logger = createLogger({ format: config.LOG_FORMAT, level: 'warn' })
  const database = await joinDatabase(config, secrets.value, {
    role,
    log: (line) => logger.debug(line),
    warn: (line) => logger.warn(line),
  })
  if (!database.ok) return database
  const house = await openHouse({
    config,
    secrets: secrets.value,
    connectionString: database.value.connectionString,
    role,
    logger,
  })
  if (!house.ok) {
    await database.value.stop()
    return house
  }
  return ok({
    house: house.value,
    [Symbol.asyncDispose]: async () => {
      await house.value.close()
      await database.value.stop()
    },
  })
}
