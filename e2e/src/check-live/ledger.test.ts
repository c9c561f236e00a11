/** The checker can fail: each kind of fault, planted, is found and counted. */
import { describe, expect, it } from 'vitest'
import { Ledger, seenMessage, type FaultKind, type SeenMessage } from './ledger.ts'
import { clientIdOf, contentOf } from './messages.ts'

const ME = { client: 7, channel: 0 }
const timestamp = '2026-11-21T10:00:00.000Z'

/** The `number`th message of client 1, at place `seq` of the channel. */
function message(seq: number, number = seq): SeenMessage {
  const name = { client: 1, number }
  return seenMessage({ id: `id-${seq}`, seq, client_id: clientIdOf(name), content: contentOf(name, false), timestamp })
}

function messages(...seqs: number[]): SeenMessage[] {
  return seqs.map((seq) => message(seq))
}

/** A view that begins after 10, of a client that applied these. */
function seen(ledger: Ledger, seqs: readonly number[]) {
  const view = ledger.openView(ME, 10)
  for (const seq of seqs) ledger.messageApplied(view, message(seq))
  return view
}

function faults(ledger: Ledger): Partial<Record<FaultKind, number>> {
  return Object.fromEntries(Object.entries(ledger.counts).filter(([, count]) => count > 0))
}

describe('what a subscriber saw, against the store', () => {
  it('finds nothing when everything came once, in order', () => {
    const ledger = new Ledger()
    seen(ledger, [11, 12, 13])
    ledger.compare(0, messages(9, 10, 11, 12, 13))
    expect(faults(ledger)).toEqual({})
    expect(ledger.applied).toBe(3)
  })

  it('finds a lost message, and names it and who missed it', () => {
    const ledger = new Ledger()
    seen(ledger, [11, 13])
    ledger.compare(0, messages(11, 12, 13))
    expect(faults(ledger)).toEqual({ lost: 1 })
    expect(ledger.described[0]).toBe('lost: client 7 did not see 12 (id-12) of channel 0, subscribed after 10 up to 13')
  })

  it('finds what was lost at the end, when the client was told that it has caught up', () => {
    const ledger = new Ledger()
    seen(ledger, [11]).known(14)
    ledger.compare(0, messages(11, 12, 14))
    expect(faults(ledger)).toEqual({ lost: 2 })
  })

  it('does not miss what came before the subscription, or after its end', () => {
    const ledger = new Ledger()
    seen(ledger, [11])
    ledger.compare(0, messages(9, 10, 11, 12))
    expect(faults(ledger)).toEqual({})
  })

  it('knows a place without a message from a lost one', () => {
    const ledger = new Ledger()
    const view = seen(ledger, [11])
    ledger.changeApplied(view, 12)
    ledger.messageApplied(view, message(13))
    ledger.compare(0, messages(11, 13))
    expect(faults(ledger)).toEqual({})
  })

  it('finds a repeated message', () => {
    const ledger = new Ledger()
    seen(ledger, [11, 12, 12, 13])
    ledger.compare(0, messages(11, 12, 13))
    expect(faults(ledger)).toEqual({ repeated: 1 })
  })

  it('finds two messages that changed places', () => {
    const ledger = new Ledger()
    seen(ledger, [11, 13, 12, 14])
    expect(faults(ledger)).toMatchObject({ out_of_order: 1 })
  })

  it('finds a message that is not stored, one of nobody, and one with another content', () => {
    const ledger = new Ledger()
    const view = seen(ledger, [11, 12])
    const altered = {
      id: 'id-13',
      seq: 13,
      client_id: clientIdOf({ client: 1, number: 13 }),
      content: 'something else',
      timestamp,
    }
    ledger.messageApplied(view, seenMessage(altered))
    ledger.messageApplied(view, seenMessage({ id: 'id-14', seq: 14, content: 'of nobody', timestamp }))
    ledger.compare(0, messages(11, 13, 14))
    expect(faults(ledger)).toEqual({ not_sent: 2, altered: 1 })
  })

  it('finds two that were told different ids for one place', () => {
    const ledger = new Ledger()
    seen(ledger, [11])
    ledger.messageApplied(ledger.openView({ client: 8, channel: 0 }, 10), { ...message(11), id: 'another' })
    expect(faults(ledger)).toEqual({ altered: 1 })
  })
})

describe('what a sender was told, against the store', () => {
  const NAME = { client: 1, number: 11 }

  it('finds an acknowledged message that is not stored, and one that is stored elsewhere', () => {
    const ledger = new Ledger()
    ledger.acknowledged(NAME, { id: 'id-11', seq: 11, channel: 0 })
    ledger.acknowledged({ client: 1, number: 12 }, { id: 'elsewhere', seq: 12, channel: 0 })
    ledger.compare(0, messages(12))
    expect(ledger.counts).toMatchObject({ acked_not_stored: 1, lost: 0 })
    expect(ledger.counts.altered).toBeGreaterThan(0)
  })

  it('finds two messages of one client_id, in the store and in the acks', () => {
    const ledger = new Ledger()
    ledger.acknowledged(NAME, { id: 'id-11', seq: 11, channel: 0 })
    ledger.acknowledged(NAME, { id: 'id-11', seq: 11, channel: 0 })
    expect(faults(ledger)).toEqual({})
    ledger.acknowledged(NAME, { id: 'id-12', seq: 12, channel: 0 })
    expect(faults(ledger)).toEqual({ stored_twice: 1 })
    ledger.compare(0, [message(11), message(12, 11)])
    expect(faults(ledger)).toEqual({ stored_twice: 2 })
  })

  it('finds a time that goes back', () => {
    const ledger = new Ledger()
    const before = { ...message(11), atMs: message(11).atMs + 1 }
    ledger.compare(0, [before, message(12), message(13)])
    expect(faults(ledger)).toEqual({ time_back: 1 })
  })

  it('finds a store that is not in order', () => {
    const ledger = new Ledger()
    ledger.compare(0, messages(12, 11))
    expect(faults(ledger)).toEqual({ altered: 1 })
  })
})
