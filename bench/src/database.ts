/** The database of a running server, for those figures that are taken from it directly. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findRunningPostgres } from '@glasshouse/platform'
import { Client } from 'pg'

/** Its connection string. */
export async function databaseOf(dataFolder: string): Promise<string> {
  const secrets = JSON.parse(readFileSync(join(dataFolder, 'secrets.json'), 'utf8')) as { database_password: string }
  const running = await findRunningPostgres({
    dataFolder,
    password: secrets.database_password,
    databaseName: 'glasshouse',
  })
  if (!running.ok) throw new Error(running.error.message)
  if (running.value === undefined) throw new Error('the database of the server is not to be found')
  return running.value.connectionString
}

export async function postgresVersionOf(connectionString: string): Promise<string> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version ?? 'unknown'
  } finally {
    await client.end()
  }
}
