import { failure, type Failure } from '@glasshouse/contracts'
import { assert, err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { BatchSchedule, type Batch, type Schedulable } from '../domain/batch-schedule.ts'
import type { AppendOutcome, ChatLimits, MessageDraft, MessageLog } from './ports.ts'

/**
 * Stores messages in batches: see domain/batch-schedule.ts for which go together. What is here is what happens to a batch.
 *
 *   stored       each message's outcome is announced and answered, in order: so the live changes of a channel leave in the order
 *                of its stream, and an answer never comes before the commit
 *   rejected     nothing was stored: one of them is at fault, and all are tried one by one
 *   unavailable  nobody knows what was stored: each sender is told to try again (with a client_id that is safe), never that it is done
 */
export interface GroupCommit<Draft extends MessageDraft> {
  /** The outcome after the commit. Fails with `server.overloaded` or `server.restarting`, and then the sender may try again. */
  submit(draft: Draft): Promise<Result<AppendOutcome, Failure>>
  /** Takes no more; resolves when all that was taken has been answered. */
  drain(): Promise<void>
  /** Waiting and in flight. */
  readonly held: number
}

export interface GroupCommitOptions<Draft extends MessageDraft> {
  readonly messages: Pick<MessageLog, 'append'>
  readonly limits: ChatLimits
  /** Called for each stored message before its sender gets the answer. Must not throw. */
  readonly onOutcome: (draft: Draft, outcome: AppendOutcome) => void
  /** Called once for each batch that ended, in whatever way. */
  readonly onBatchEnd: () => void
  readonly log: (line: string) => void
}

interface Pending<Draft> extends Schedulable {
  readonly lane: ChannelId
  readonly draft: Draft
  readonly answer: (result: Result<AppendOutcome, Failure>) => void
}

/** What a queued message takes besides its text: two bytes a character at most in memory, and the objects around it. */
const MESSAGE_OVERHEAD_BYTES = 512

export function createGroupCommit<Draft extends MessageDraft>(options: GroupCommitOptions<Draft>): GroupCommit<Draft> {
  const { messages, limits, log } = options
  const schedule = new BatchSchedule<Pending<Draft>>({
    batchItemsMax: limits.batchMessagesMax,
    batchBytesMax: limits.batchBytesMax,
    batchesInFlightMax: limits.batchesInFlightMax,
    heldItemsMax: limits.queueMessagesMax,
    heldBytesMax: limits.queueBytesMax,
  })
  const overloaded = err(failure('server.overloaded', { retryAfterMs: limits.overloadRetryMs }))
  let pumpIsDue = false
  let draining = false
  let onEmpty: (() => void) | undefined

  const pump = (): void => {
    pumpIsDue = false
    for (let batch = schedule.take(); batch !== undefined; batch = schedule.take()) void commit(batch)
  }

  const commit = async (batch: Batch<Pending<Draft>>): Promise<void> => {
    try {
      await store(batch.items)
    } catch (error) {
      // A bug of ours: no sender may wait for ever because of it.
      log(`group commit failed: ${String(error)}`)
      answerAll(batch.items, err(failure('server.internal')))
    }
    schedule.done(batch)
    options.onBatchEnd()
    pump()
    if (schedule.heldItems === 0) onEmpty?.()
  }

  const store = async (items: readonly Pending<Draft>[]): Promise<void> => {
    const stored = await messages.append(items.map((item) => item.draft))
    if (stored.ok) {
      publish(items, stored.value)
      return
    }
    const { kind, cause } = stored.error
    if (kind === 'unavailable') {
      log(`${items.length} messages could not be stored: ${String(cause)}`)
      answerAll(items, overloaded)
    } else if (items.length > 1) {
      log(`a batch of ${items.length} messages was refused, trying them one by one: ${String(cause)}`)
      await storeOneByOne(items)
    } else {
      log(`a message was refused by the database: ${String(cause)}`)
      answerAll(items, err(failure('server.internal')))
    }
  }

  const storeOneByOne = async (items: readonly Pending<Draft>[]): Promise<void> => {
    for (const [index, item] of items.entries()) {
      const stored = await messages.append([item.draft])
      if (stored.ok) {
        publish([item], stored.value)
      } else if (stored.error.kind === 'rejected') {
        log(`a message was refused by the database: ${String(stored.error.cause)}`)
        item.answer(err(failure('server.internal')))
      } else {
        answerAll(items.slice(index), overloaded)
        return
      }
    }
  }

  const publish = (items: readonly Pending<Draft>[], outcomes: readonly AppendOutcome[]): void => {
    assert(outcomes.length === items.length, 'one outcome for each message')
    for (const [index, item] of items.entries()) {
      const outcome = outcomes[index]
      assert(outcome !== undefined, 'one outcome for each message')
      options.onOutcome(item.draft, outcome)
      item.answer(ok(outcome))
    }
  }

  return {
    submit(draft) {
      if (draining) return Promise.resolve(err(failure('server.restarting')))
      return new Promise((answer) => {
        const bytes = draft.content.length * 2 + MESSAGE_OVERHEAD_BYTES
        if (!schedule.offer({ lane: draft.channelId, key: draft.clientId, bytes, draft, answer })) {
          answer(overloaded)
        } else if (!pumpIsDue) {
          // After what else this turn of the event loop brings: the sends that one read of the sockets holds go together.
          pumpIsDue = true
          setImmediate(pump)
        }
      })
    },
    async drain() {
      draining = true
      if (schedule.heldItems === 0) return
      await new Promise<void>((resolve) => (onEmpty = resolve))
    },
    get held() {
      return schedule.heldItems
    },
  }
}

function answerAll(items: readonly Pending<MessageDraft>[], result: Result<AppendOutcome, Failure>): void {
  for (const item of items) item.answer(result)
}
