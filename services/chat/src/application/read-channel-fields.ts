import { failure, type Failure } from '@glasshouse/contracts'
import { err, ok, type Result } from '@glasshouse/kernel'
import { explainChannelNameFault, parseChannelName, type ChannelName } from '../domain/channel-name.ts'

export function readChannelName(text: string): Result<ChannelName, Failure> {
  const name = parseChannelName(text)
  if (name.ok) return name
  return err(failure('request.invalid', { path: 'name', message: explainChannelNameFault(name.error) }))
}

/** A topic or a description, trimmed; what PostgreSQL cannot keep in a text is refused. */
export function readChannelText(path: 'topic' | 'description', text: string): Result<string, Failure> {
  const trimmed = text.trim()
  if (!trimmed.includes('\0') && trimmed.isWellFormed()) return ok(trimmed)
  const message = `The ${path} is not well-formed Unicode, or has the character U+0000.`
  return err(failure('request.invalid', { path, message }))
}
