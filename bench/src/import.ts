/** The import command, whole, into a running Glasshouse. */
import { basename } from 'node:path'
import { rest } from '@glasshouse/e2e/rest'
import { runGlasshouse, type Server } from '@glasshouse/e2e/start-server'

export interface ImportResult {
  readonly file: string
  readonly messages: number
  /** Of the whole command, its own start included. */
  readonly perS: number
}

export async function benchImport(server: Server, file: string): Promise<ImportResult> {
  const started = performance.now()
  await using command = runGlasshouse(['import', 'slack', file], { env: { GLASSHOUSE_DATA: server.data } })
  const { code, stdout, stderr } = await command.ended
  const seconds = (performance.now() - started) / 1000
  const count = /([\d ,]+) messages imported/.exec(stdout)?.[1]?.replaceAll(/[ ,]/g, '')
  if (code !== 0 || count === undefined)
    throw new Error(`the import of ${file} failed with ${code}:\n${stdout}\n${stderr}`)
  return { file: basename(file), messages: Number(count), perS: Number(count) / seconds }
}

export async function channelsByName(url: string, token: string): Promise<Map<string, string>> {
  const listed = await rest(url, 'GET', '/api/channels?limit=100', { token })
  return new Map(listed.body.items.map((channel: { id: string; name: string }) => [channel.name, channel.id]))
}
