import type { CommandHandlers, CommandTable, LoadRequest, LoadResponse } from './load-commands.ts'

/**
 * The load program's end of the channel to the bench, until that is closed. `check` is called after each command, and throws when
 * something else has failed meanwhile.
 */
export function serveCommands<Commands extends CommandTable<Commands>>(
  commands: CommandHandlers<Commands>,
  check: () => void = () => undefined,
): void {
  const answer = async ({ id, command, ask }: LoadRequest): Promise<LoadResponse> => {
    try {
      // The other end names commands of the same table, with what they ask.
      const answered = await commands[command as keyof Commands](ask)
      check()
      return { id, answer: answered }
    } catch (error) {
      return { id, error: error instanceof Error ? error.message : String(error) }
    }
  }
  process.on('message', (request: LoadRequest) => {
    void answer(request).then((response) => process.send?.(response))
  })
  process.on('disconnect', () => process.exit(0))
}
