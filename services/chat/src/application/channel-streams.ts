import {
  channelOfStream,
  failure,
  userOfStream,
  type Caller,
  type ChangeFrame,
  type Failure,
  type StreamName,
} from '@glasshouse/contracts'
import { assert, err, ok, type Result, type UserId } from '@glasshouse/kernel'
import { endsReadOf, requireManyReads } from './authorize.ts'
import type { ChatContext } from './context.ts'
import type { AdvanceListener, ChangeListener } from './stream-listeners.ts'
import { draftChanged, ownChannelChanged, ownThreadChanged, savedChanged } from './wire-own.ts'
import { reminderChanged, scheduledChanged } from './wire-later.ts'
import { moderationChanged, toModeratedMessage, usersOfModeration } from './wire-moderation.ts'
import { restrictionChanged, toRestriction, usersOfRestrictions } from './wire-restriction.ts'
import { ownMembershipChanged, toChangeFrame, usersOfChanges, usersOfChannels } from './wire.ts'

interface ChangePage {
  readonly changes: readonly ChangeFrame[]
  readonly through: number
  readonly head: number
}

interface StreamRequest {
  readonly caller: Caller | undefined
  readonly stream: StreamName
}

type Opened = Result<{ readonly head: number }, Failure>

const UNKNOWN: Opened = err(failure('live.unknown_stream'))

/** What the live hub needs of the streams that chat owns: `channel:<id>` and `user:<id>`. */
export interface ChannelStreams {
  /** Asks the permission of each caller, and tells the stream's head: in the order of the requests, with a few queries for all of them. */
  openMany(requests: readonly StreamRequest[]): Promise<readonly Opened[]>
  /**
   * The current state of what changed after `after`, by `changed_seq`, at most `limit`. Complete up to `through`; when that is below
   * `head`, ask again from there. Only for streams that were opened.
   */
  changes(stream: StreamName, after: number, limit: number): Promise<ChangePage>
  /** Whose watch of its stream ends with this change, which is the last that they get; undefined when nobody's. */
  endsWatch(change: ChangeFrame): ((caller: Caller | undefined) => boolean) | undefined
  /** Each change that this process commits, in the order of its stream, after the commit. Returns how to stop. */
  onChange(listener: ChangeListener): () => void
  /** A stream has moved to `head` at least: at least once, by whatever process. Returns how to stop. */
  onStreamAdvanced(listener: AdvanceListener): () => void
}

export function createChannelStreams(context: ChatContext): ChannelStreams {
  const { ports, listeners } = context
  return {
    async openMany(requests) {
      const ofChannels = requests.flatMap(({ caller, stream }, index) => {
        const channelId = channelOfStream(stream)
        return channelId === undefined ? [] : [{ caller, channelId, index }]
      })
      const [own, standings] = await Promise.all([openOwn(context, requests), requireManyReads(ports, ofChannels)])
      const opened = [...own]
      for (const [at, { index }] of ofChannels.entries()) {
        const standing = standings[at]
        assert(standing !== undefined, 'each request is answered')
        if (standing.ok) opened[index] = ok({ head: standing.value.head })
        else opened[index] = standing.error.code === 'not_found' ? UNKNOWN : standing
      }
      return opened
    },
    changes(stream, after, limit) {
      const userId = userOfStream(stream)
      const page = { stream, after, limit }
      return userId === undefined ? readChannel(context, page) : readOwn(context, userId, page)
    },
    endsWatch: endsReadOf,
    onChange: (listener) => listeners.onChange(listener),
    onStreamAdvanced: (listener) => listeners.onAdvance(listener),
  }
}

interface Page {
  readonly stream: StreamName
  readonly after: number
  readonly limit: number
}

/**
 * The people's own streams among them; all others are not known here. Nobody may watch what is somebody else's, and nobody learns
 * whether there is such a person.
 */
async function openOwn({ ports }: ChatContext, requests: readonly StreamRequest[]): Promise<readonly Opened[]> {
  const owners = requests.map(({ caller, stream }) => {
    const userId = userOfStream(stream)
    return userId !== undefined && userId === caller?.userId ? userId : undefined
  })
  const asked = new Set(owners.filter((userId) => userId !== undefined))
  const heads = asked.size === 0 ? undefined : await ports.userStreams.heads([...asked])
  return requests.map(({ caller, stream }, index) => {
    const userId = owners[index]
    if (userId !== undefined) return ok({ head: heads?.get(userId) ?? 0 })
    return userOfStream(stream) !== undefined && caller === undefined ? err(failure('auth.required')) : UNKNOWN
  })
}

async function readChannel({ ports, names }: ChatContext, { stream, after, limit }: Page): Promise<ChangePage> {
  const channelId = channelOfStream(stream)
  assert(channelId !== undefined, `${stream} is no stream of chat's`)
  const page = await ports.reader.changes(channelId, after, limit)
  assert(page !== undefined, `${stream} was opened, so it is there`)
  const nameOf = await names.find(usersOfChanges(page.changes))
  const at = { channelId, nameOf }
  const changes = page.changes.map((change) => toChangeFrame(change, at, ports.settings))
  return { changes, through: page.through, head: page.head }
}

async function readOwn({ ports, names }: ChatContext, userId: UserId, { after, limit }: Page): Promise<ChangePage> {
  const page = await ports.userStreams.changes(userId, after, limit)
  const channels = page.changes.flatMap((change) => (change.kind === 'membership' ? [change.channel] : []))
  const moderated = page.changes.flatMap((change) => (change.kind === 'moderation' ? [change.message] : []))
  const restrictions = page.changes.flatMap((change) => (change.kind === 'restriction' ? [change.restriction] : []))
  const people = new Set([
    ...usersOfChannels(channels),
    ...usersOfModeration(moderated),
    ...usersOfRestrictions(restrictions),
    userId,
  ])
  const nameOf = await names.find(people)
  const naming = { settings: ports.settings, nameOf }
  const changes = page.changes.map((change) => {
    switch (change.kind) {
      case 'membership':
        return ownMembershipChanged(change.channel, { ...change, userId }, naming)
      case 'channel':
        return ownChannelChanged(userId, change)
      case 'thread':
        return ownThreadChanged(userId, change)
      case 'draft':
        return draftChanged(userId, change.draft)
      case 'saved':
        return savedChanged(userId, { ...change.saved, channelId: change.channelId })
      case 'scheduled':
        return scheduledChanged(userId, change.scheduled)
      case 'reminder':
        return reminderChanged(userId, change.reminder)
      case 'restriction':
        return restrictionChanged(userId, change.changedSeq, toRestriction(change.restriction, nameOf))
      case 'moderation': {
        const view = change.moderates ? 'moderator' : 'author'
        return moderationChanged(userId, change.changedSeq, toModeratedMessage(change.message, nameOf, view))
      }
    }
  })
  return { changes, through: page.through, head: page.head }
}
