/** The outbox's topic for `a channel's stream has moved`: the key is the channel, the version the head. Also in append_messages. */
export const CHANNEL_STREAM_TOPIC = 'channel-stream'
/** The same of a person's own stream: the key is the person. */
export const USER_STREAM_TOPIC = 'user-stream'
