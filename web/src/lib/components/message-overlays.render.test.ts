import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { MessageCommands } from '#lib/message-commands.svelte.ts'
import { sampleMessage, sampleView } from '#lib/testing/samples.ts'
import MessageOverlays from './message-overlays.svelte'

test('for each kind, its own', () => {
  const view = sampleView([])
  const commands = new MessageCommands(view, () => {})
  const shown = (kind: 'menu' | 'emoji' | 'delete' | 'history' | 'remind' | 'report' | 'remove'): string =>
    renderComponent(MessageOverlays, {
      overlay: { kind, message: sampleMessage(3), anchor: undefined as never },
      commands,
      view,
    })
  expect(shown('menu')).toContain('role="menu"')
  expect(shown('emoji')).not.toContain('role=')
  expect(shown('delete')).toContain('Delete this message?')
  expect(shown('remind')).toContain('Remind me of this message')
  expect(shown('report')).toContain('Report this message?')
  expect(shown('remove')).toContain('Remove this message?')
  expect(shown('history')).toContain('What it said before')
})
