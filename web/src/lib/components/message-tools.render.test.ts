import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { MessageCommands } from '#lib/message-commands.svelte.ts'
import { ana, platform, sampleMessage, sampleView } from '#lib/testing/samples.ts'
import MessageTools from './message-tools.svelte'

const commands = new MessageCommands(sampleView([]), () => {})

test('the tools of a message have names', () => {
  const html = renderComponent(MessageTools, { message: sampleMessage(3), commands, inThread: false })
  expect(html.match(/aria-label="([^"]+)" title/g)).toEqual([
    'aria-label="React" title',
    'aria-label="Reply in a thread" title',
    'aria-label="More" title',
  ])
})

test('in a thread, and to those who may not, less is offered', () => {
  const inThread = renderComponent(MessageTools, { message: sampleMessage(3), commands, inThread: true })
  expect(inThread).not.toContain('Reply in a thread')
  const guest = new MessageCommands(
    sampleView([], { channel: { ...platform, role: null }, user: { ...ana, role: 'guest' } }),
    () => {},
  )
  const html = renderComponent(MessageTools, { message: sampleMessage(3), commands: guest, inThread: false })
  expect(html).not.toMatch(/React|Reply/)
})
