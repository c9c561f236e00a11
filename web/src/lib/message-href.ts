import type { Message } from '@glasshouse/contracts'

/** The address of a message, on this site: its channel, opened at it. */
export function messageHref({ channel_id, id }: Pick<Message, 'channel_id' | 'id'>): string {
  return `/chat/${channel_id}?message=${id}`
}
