/** `glasshouse import slack EXPORT.zip`, into a running or a stopped Glasshouse. */
import type { Config } from '../config.ts'
import type { House } from '../house.ts'
import { importSlackExport } from '../slack-import/import-slack-export.ts'
import type { ImportTarget } from '../slack-import/ports.ts'
import { ImportTerminal } from '../slack-import/report.ts'
import { openForCommand, type OpenedHouse } from './open-for-command.ts'

/** As shells say of a command that Ctrl-C ended. */
const STOPPED = 130

export async function runImportSlack(config: Config, file: string): Promise<number> {
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  await using house = new LateHouse(config)
  const terminal = new ImportTerminal(process.stderr)
  try {
    const report = await importSlackExport({
      file,
      target: targetOf(() => house.open()),
      signal: stop.signal,
      onProgress: (progress) => terminal.progress(progress),
    })
    terminal.end()
    if (!report.ok) return refuse(report.error.message)
    console.log(terminal.report(report.value))
    return report.value.stopped ? STOPPED : 0
  } catch (error) {
    terminal.end()
    if (error instanceof CannotOpen) return refuse(error.message)
    const reason = error instanceof Error ? error.message : String(error)
    return refuse(`the import broke off: ${reason}. What came in is whole: run the same command again to go on`)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function refuse(reason: string): number {
  console.error(`glasshouse: ${reason}`)
  return 1
}

class CannotOpen extends Error {
  override readonly name = 'CannotOpen'
}

/** The house, opened when the first thing is to be written: a file that is refused starts no database, and makes no folder. */
class LateHouse implements AsyncDisposable {
  readonly #config: Config
  #opened: Promise<OpenedHouse> | undefined

  constructor(config: Config) {
    this.#config = config
  }

  async open(): Promise<House> {
    this.#opened ??= openForCommand(this.#config, 'import').then((opened) => {
      if (!opened.ok) throw new CannotOpen(opened.error)
      return opened.value
    })
    return (await this.#opened).house
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined)
    await opened?.[Symbol.asyncDispose]()
  }
}

function targetOf(house: () => Promise<House>): ImportTarget {
  return {
    importUsers: async (source, people) => (await house()).identity.importUsers(source, people),
    importChannel: async (channel) => (await house()).chat.importChannel(channel),
    importMembers: async (channelId, userIds) => (await house()).chat.importMembers(channelId, userIds),
    importMessages: async (channelId, origin, messages) =>
      (await house()).chat.importMessages(channelId, origin, messages),
  }
}
