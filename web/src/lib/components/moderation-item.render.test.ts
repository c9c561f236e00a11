import { expect, test } from 'vitest'
import { renderComponent } from '../testing/render-component.ts'
import { ana, sampleMessage } from '../testing/samples.ts'
import ModerationItem from './moderation-item.svelte'

const { id, channel_id, content, timestamp } = sampleMessage(7)
const message = {
  id,
  channel_id,
  seq: null,
  user_id: ana.id,
  username: ana.username,
  display_name: ana.display_name,
  content,
  timestamp,
  status: 'pending' as const,
  held_for: ['link' as const, 'too_long' as const],
  reports: 0,
}

test('says why it waits, and takes a decision without script', () => {
  const html = renderComponent(ModerationItem, { message, where: '# platform' })
  expect(html).toContain('has a link, over 300 characters')
  expect(html).toContain('?/approve')
  expect(html).toContain('?/remove')
})

test('shows what a poll asks, as text', () => {
  const options = ['<b>now</b>', 'never'].map((text) => ({ text, votes: 0, usernames: [] }))
  const poll = { question: 'When?', options, multiple: false, anonymous: false, voters: 0 }
  const html = renderComponent(ModerationItem, { message: { ...message, poll }, where: '# platform' })
  expect(html).toMatch(/When\?<\/b>/)
  expect(html).toContain('&lt;b>now&lt;/b></li>')
  expect(html).toContain('never</li>')
})

test('a reported one counts its reports, and has what was said', () => {
  const props = { ...message, status: 'reported' as const, reports: 2, report_reasons: ['<rude>'] }
  const html = renderComponent(ModerationItem, { message: props, where: '# platform' })
  expect(html).toContain('reported by 2 people')
  expect(html).toContain('&lt;rude>')
})

test('says who has decided meanwhile, and offers nothing more', () => {
  const decided_by = { id: ana.id, username: 'mia', display_name: 'Mia' }
  const decided = { ...message, status: 'removed' as const, decided_by, reason: 'off topic' }
  const html = renderComponent(ModerationItem, { message, where: '# platform', decided })
  expect(html.replaceAll(/\s+/g, ' ')).toContain('Mia has removed this message: off topic.')
  expect(html).not.toContain('?/approve')
})

test('of a conversation it leads nowhere, since administrators read that message alone', () => {
  const props = { ...message, status: 'reported' as const, reports: 1 }
  const html = renderComponent(ModerationItem, { message: props, where: undefined })
  expect(html).toContain('in a conversation')
  expect(html).not.toContain('Go to the message')
})
