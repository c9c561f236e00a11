/** The bounds that people meet, as plain values: a form can use them without loading the schemas. Lengths count code points. */

export const USERNAME_PATTERN = '^[A-Za-z0-9_-]{3,32}$'
export const PASSWORD_LENGTH_MIN = 10
export const PASSWORD_LENGTH_MAX = 200
export const DISPLAY_NAME_LENGTH_MAX = 80
export const MESSAGE_LENGTH_MAX = 10_000
export const POLL_QUESTION_LENGTH_MAX = 300
export const POLL_OPTIONS_MIN = 2
export const POLL_OPTIONS_MAX = 20
export const POLL_OPTION_LENGTH_MAX = 100
/** Messages that one person can keep for later. */
export const SAVED_MAX = 1_000
/** Texts that one person has begun and not sent, in all channels and threads. */
export const DRAFTS_MAX = 100
/** Messages of one person that are to be sent later, or could not be sent. */
export const SCHEDULED_MAX = 100
/** Messages of which one person waits to be reminded, or has been. */
export const REMINDERS_MAX = 200
/** Groups of people in a house, and people in one of them. */
export const GROUPS_MAX = 200
export const GROUP_MEMBERS_MAX = 500
export const GROUP_DESCRIPTION_LENGTH_MAX = 200
export const CHANNEL_NAME_LENGTH_MAX = 80
export const CHANNEL_TOPIC_LENGTH_MAX = 250
export const CHANNEL_DESCRIPTION_LENGTH_MAX = 1_000
/** Who can be added with the creation of a channel. */
export const CHANNEL_FIRST_MEMBERS_MAX = 100
/** Why a moderator decided so, or why a message is reported. */
export const MODERATION_REASON_LENGTH_MAX = 300
/** Of those who reported a message; the others are counted. */
export const REPORT_REASONS_SHOWN_MAX = 5
/** Words that hold a message, of one list, and the length of each. */
export const HELD_WORDS_MAX = 500
export const HELD_WORD_LENGTH_MAX = 50
export const STATUS_TEXT_LENGTH_MAX = 100
/** People whose presence one connection may watch at once. */
export const WATCHED_PEOPLE_MAX = 200
/** Who goes on typing says so this often at most; more is not passed on. */
export const TYPING_REPEAT_MS = 3_000
/** Typing that is not repeated is over after this. */
export const TYPING_SHOWN_MS = 5_000
export const PAGE_LIMIT_DEFAULT = 50
export const PAGE_LIMIT_MAX = 100
/** Unread messages of a channel or thread that are told one by one: beyond that there are `more than`. */
export const UNREAD_SEQS_MAX = 100
/** The name of a section of one's list of channels. */
export const SECTION_NAME_LENGTH_MAX = 40
/** Streams of one `GET /api/events`. */
export const EVENT_STREAMS_MAX = 50
