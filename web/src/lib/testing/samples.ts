import type { ChannelSnapshot, Message, Restriction, Site, User } from '@glasshouse/contracts'
import { ChannelView, type ChannelViewInput } from '#lib/channel-view.svelte.ts'
import { Viewer } from '#lib/viewer.svelte.ts'

/** When the tests look: 21 November 2026, noon, UTC. */
export const NOW_MS = Date.UTC(2026, 10, 21, 12)
const CHANNEL_ID = '0197a5c0-0000-7000-8000-0000000000c1'

export const ana: User = {
  id: '0197a5c0-0000-7000-8000-0000000000a1',
  username: 'ana',
  display_name: 'Ana Okafor',
  email: 'ana@example.test',
  role: 'user',
  created_at: '2026-11-01T08:00:00.000Z',
}

export const platform: ChannelSnapshot = {
  id: CHANNEL_ID,
  stream: `channel:${CHANNEL_ID}`,
  type: 'public',
  name: 'platform',
  topic: '',
  description: 'Ingest, live layer, storage',
  archived: false,
  is_default: false,
  moderation: 'off',
  is_lobby: false,
  rate_limit: { count: 50, window_s: 10 },
  created_by: ana.id,
  created_at: '2026-11-01T08:00:00.000Z',
  changed_seq: 1,
  seq: 20,
  joined: true,
  role: 'owner',
  member_count: 24,
}

/** The message with this seq, of this morning. */
export function sampleMessage(seq: number, fields: Partial<Message> = {}): Message {
  return {
    id: `0197a5c0-0000-7000-8000-${String(seq).padStart(12, '0')}`,
    stream: platform.stream,
    channel_id: CHANNEL_ID,
    seq,
    changed_seq: seq,
    user_id: ana.id,
    username: ana.username,
    display_name: ana.display_name,
    content: `line ${seq}`,
    timestamp: new Date(NOW_MS - 3_600_000 + seq * 60_000).toISOString(),
    status: 'visible',
    ...fields,
  }
}

/** Zoe is muted for an hour. */
export function sampleRestriction(fields: Partial<Restriction> = {}): Restriction {
  return {
    kind: 'mute',
    channel_id: CHANNEL_ID,
    user_id: 'zoe',
    username: 'zoe',
    display_name: 'Zoe',
    state: 'in_force',
    until: new Date(NOW_MS + 3_600_000).toISOString(),
    set_by: { id: 'mia', username: 'mia', display_name: 'Mia' },
    set_at: new Date(NOW_MS).toISOString(),
    changed_at: new Date(NOW_MS).toISOString(),
    ...fields,
  }
}

export function sampleView(messages: readonly Message[], fields: Partial<ChannelViewInput> = {}): ChannelView {
  return new ChannelView({
    channel: platform,
    history: { items: messages.toReversed(), next: null, seq: 20 },
    user: ana,
    viewer: new Viewer('UTC', NOW_MS),
    outbox: undefined,
    ...fields,
  })
}

/** What the layouts of the chat read for Ana. */
export const chatData = {
  user: ana,
  theme: 'system' as const,
  timeZone: 'UTC',
  renderedAtMs: NOW_MS,
  site: {
    name: 'Northwind',
    version: '0.1.0',
    setup_needed: false,
    registration: 'open',
    lobby: { id: CHANNEL_ID, access: 'read' },
  } satisfies Site as Site,
  own: { items: [platform], seq: 0, lobby: platform },
  unread: { channels: [], threads: [] },
  signInId: '0197a5c0-0000-7000-8000-0000000000d1',
}
