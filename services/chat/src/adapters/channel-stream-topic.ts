/** The outbox's topic for `a channel's stream has moved`: the key is the channel, the version the head. Also in append_messages. */
export const CHANNEL_STREAM_TOPIC = 'channel-stream'
