/** Where somebody writes: in a channel, or in one of its threads. */
export interface DraftPlace {
  readonly channelId: string
  readonly threadId?: string | undefined
}

/** Under which name the browser keeps the text that a person has begun there. */
export function draftKey(userId: string, { channelId, threadId }: DraftPlace): string {
  return `glasshouse:draft:${userId}:${threadId === undefined ? channelId : `thread:${threadId}`}`
}
