import type { ModeratedMessage } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { HeldMessages } from './held-messages.svelte.ts'
import { ana, sampleMessage } from './testing/samples.ts'

const { id, channel_id, content, timestamp } = sampleMessage(7)
const told: ModeratedMessage = {
  id,
  channel_id,
  seq: null,
  user_id: ana.id,
  username: ana.username,
  display_name: ana.display_name,
  content,
  timestamp,
  status: 'pending',
  held_for: ['link'],
  reports: 0,
}
const heldOf = () => new HeldMessages(ana, (outgoing) => ({ ...sampleMessage(7), content: outgoing.content }))

test('what waits is among the messages, with what it asks', () => {
  const held = heldOf()
  const options = ['now', 'never'].map((text) => ({ text, votes: 0, usernames: [] }))
  const poll = { question: 'When?', options, multiple: false, anonymous: false, voters: 0 }
  held.moderated({ ...told, poll })
  expect(held.among([], true)).toMatchObject([{ id, content, poll }])
  expect(held.note(id)).toMatch(/^Waits for a moderator/)
})

test('what was removed says why; once its author has deleted it, it is gone', () => {
  const held = heldOf()
  held.moderated({ ...told, status: 'removed', reason: 'an offer' })
  expect(held.note(id)).toContain('an offer')
  held.moderated({ ...told, content: '', status: 'removed', reason: 'an offer', deleted: true })
  expect(held.among([], true)).toEqual([])
})
