import { failure, type Caller, type Failure, type Message } from '@glasshouse/contracts'
import { err, type Result } from '@glasshouse/kernel'
import { parseEmoji } from '../domain/emoji.ts'
import type { MessageChanger, MessagePath } from './change-message.ts'

interface ReactionPath extends MessagePath {
  readonly emoji: string
}

export async function addReaction(
  changer: MessageChanger,
  caller: Caller | undefined,
  { emoji: text, ...path }: ReactionPath,
): Promise<Result<Message, Failure>> {
  const emoji = parseEmoji(text)
  if (!emoji.ok) return err(failure('request.invalid', { path: 'emoji', message: 'emoji: must be one emoji.' }))
  const request = { kind: 'react', emoji: emoji.value } as const
  return changer.change(caller, path, { permission: 'message.react', request })
}

/** Takes the caller's own reaction back. What was imported may be no emoji of today, and can go all the same. */
export async function removeReaction(
  changer: MessageChanger,
  caller: Caller | undefined,
  { emoji: text, ...path }: ReactionPath,
): Promise<Result<Message, Failure>> {
  const emoji = parseEmoji(text)
  const request = { kind: 'unreact', emoji: emoji.ok ? emoji.value : text } as const
  return changer.change(caller, path, { permission: 'message.react', request })
}
