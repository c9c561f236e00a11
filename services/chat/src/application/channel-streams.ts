import {
  channelOfStream,
  failure,
  type Caller,
  type ChangeFrame,
  type Failure,
  type StreamName,
} from '@glasshouse/contracts'
import { assert, err, ok, type Result } from '@glasshouse/kernel'
import { requireRead } from './authorize.ts'
import type { ChatContext } from './context.ts'
import type { AdvanceListener, ChangeListener, StreamListeners } from './stream-listeners.ts'
import { toChangeFrame, usersOfChanges } from './wire.ts'

/** What the live hub needs of the streams that chat owns: `channel:<id>`. */
export interface ChannelStreams {
  /** Asks the permission, and tells the stream's head. */
  open(caller: Caller | undefined, stream: StreamName): Promise<Result<{ readonly head: number }, Failure>>
  /**
   * The current state of what changed after `after`, by `changed_seq`, at most `limit`. Complete up to `through`; when that is below
   * `head`, ask again from there. Only for streams that were opened.
   */
  changes(
    stream: StreamName,
    after: number,
    limit: number,
  ): Promise<{ readonly changes: readonly ChangeFrame[]; readonly through: number; readonly head: number }>
  /** Each change that this process commits, in the order of its stream, after the commit. Returns how to stop. */
  onChange(listener: ChangeListener): () => void
  /** A stream has moved to `head` at least: at least once, by whatever process. Returns how to stop. */
  onStreamAdvanced(listener: AdvanceListener): () => void
}

export function createChannelStreams({ ports, names }: ChatContext, listeners: StreamListeners): ChannelStreams {
  return {
    async open(caller, stream) {
      const channelId = channelOfStream(stream)
      if (channelId === undefined) return err(failure('live.unknown_stream'))
      const permitted = requireRead(caller, channelId, ports.settings.lobbyAccess)
      if (!permitted.ok) {
        return permitted.error.code === 'not_found' ? err(failure('live.unknown_stream')) : permitted
      }
      const head = await ports.reader.head(channelId)
      return head === undefined ? err(failure('live.unknown_stream')) : ok({ head })
    },
    async changes(stream, after, limit) {
      const channelId = channelOfStream(stream)
      assert(channelId !== undefined, `${stream} is no channel's stream`)
      const page = await ports.reader.changes(channelId, after, limit)
      assert(page !== undefined, `${stream} was opened, so it is there`)
      const nameOf = await names.find(usersOfChanges(page.changes))
      const at = { channelId, stream, nameOf }
      const changes = page.changes.map((change) => toChangeFrame(change, at, ports.settings))
      return { changes, through: page.through, head: page.head }
    },
    onChange: (listener) => listeners.onChange(listener),
    onStreamAdvanced: (listener) => listeners.onAdvance(listener),
  }
}
