/** The words that hold a message: those of the house, set by administrators, and those of a channel, set by its moderators. */
import { failure, type Caller, type Failure, type WordList } from '@glasshouse/contracts'
import { err, ok, type ChannelId, type Result } from '@glasshouse/kernel'
import { moderates } from '../domain/message-change.ts'
import { wordKey } from '../domain/moderation-rules.ts'
import { requirePermission, requireRead } from './authorize.ts'
import { changerOf } from './change-message.ts'
import type { ChatContext } from './context.ts'

/** Of the house when no channel is named. */
export async function getHeldWords(
  context: ChatContext,
  caller: Caller | undefined,
  channelId: ChannelId | undefined,
): Promise<Result<WordList, Failure>> {
  const permitted = await requireWords(context, caller, channelId)
  if (!permitted.ok) return permitted
  return ok({ words: [...(await context.ports.moderation.words(channelId))] })
}

/** All of them, in the place of those before. From the next message on. */
export async function setHeldWords(
  context: ChatContext,
  caller: Caller | undefined,
  { channelId, words }: WordList & { readonly channelId: ChannelId | undefined },
): Promise<Result<WordList, Failure>> {
  const permitted = await requireWords(context, caller, channelId)
  if (!permitted.ok) return permitted
  const within = context.wordRates.count(permitted.value)
  if (!within.ok) return within
  const kept = new Map<string, string>()
  for (const [index, word] of words.entries()) {
    const key = word.isWellFormed() ? wordKey(word) : undefined
    if (key === undefined) {
      const path = `words.${index}`
      return err(failure('request.invalid', { path, message: `${path}: has neither a letter nor a digit.` }))
    }
    if (!kept.has(key)) kept.set(key, word.replaceAll('\0', '').trim())
  }
  const list = [...kept.values()]
  await context.ports.moderation.setWords(channelId, list, permitted.value.userId)
  if (channelId === undefined) context.rules.forgetAll()
  else context.rules.forget(channelId)
  return ok({ words: list })
}

async function requireWords(
  { ports }: ChatContext,
  caller: Caller | undefined,
  channelId: ChannelId | undefined,
): Promise<Result<Caller, Failure>> {
  if (channelId === undefined) return requirePermission(caller, 'moderation.set_words')
  const permitted = requirePermission(caller, 'moderation.decide')
  if (!permitted.ok) return permitted
  const readable = await requireRead(ports, caller, channelId)
  if (!readable.ok) return readable
  return moderates(changerOf(permitted.value), readable.value) ? permitted : err(failure('permission.denied'))
}
