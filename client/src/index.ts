export { createApi, type Api, type ApiOptions, type CallOptions } from './api.ts'
export { type ApiError, type ApiErrorCode, type ClientErrorCode } from './api-error.ts'
export { LiveConnection, type LiveConnectionOptions } from './live-connection.ts'
export type { ShareOptions, TabTimings } from './shared-line.ts'
export type { TabPlatform } from './tab-platform.ts'
export type {
  Ack,
  ChangesInfo,
  LiveOptions,
  LiveReason,
  LiveSend,
  LiveSocket,
  LiveSocketClass,
  LiveState,
  LiveStats,
  LiveStatus,
  LiveSubscription,
  StreamHandlers,
  Timers,
  TokenRequest,
} from './live-types.ts'
export type { SessionKeeper } from './session-keeper.ts'
export { MembershipList, type MembershipSnapshot } from './membership-list.ts'
export { SavedMessages } from './saved-messages.ts'
export type { Ephemera, PeopleOnScreen } from './ephemera.ts'
export { PresenceWatch, type PresenceWatchOptions } from './presence-watch.ts'
export { TypingIndicator, type TypingIndicatorOptions, type TypingPerson } from './typing-indicator.ts'
export { MessageTimeline, type MergeOutcome, type TimelineOptions } from './message-timeline.ts'
export type { TimelineMessage } from './timeline-message.ts'
export { UnreadCounts } from './unread-counts.ts'
export { unreadTotal, type UnreadTotal } from './unread-place.ts'
