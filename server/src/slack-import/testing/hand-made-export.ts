/**
 * A small Slack export with one of everything: written by hand, so that each expectation can be checked by eye. Two public channels,
 * one private, one group and one direct conversation; people, a person who left, a person who is in no list, programs with and
 * without an account; threads, edits, reactions, files, attachments, blocks; every kind of markup; and entries that are broken.
 */
import { writeZip, type ZipPart } from './write-zip.ts'

const TEAM_ID = 'T0HANDMADE'

const ada = 'U0ADA'
const grace = 'U0GRACE'
const linus = 'U0LINUS'
const buildBot = 'U0BUILD'
/** Writes messages and is in no list. */
const guest = 'U0GUEST'

const USERS = [
  {
    id: ada,
    team_id: TEAM_ID,
    name: 'ada',
    profile: { real_name: 'Ada Lovelace', display_name: 'Ada', email: 'ada@example.org' },
  },
  { id: grace, team_id: TEAM_ID, name: 'grace.h', profile: { real_name: 'Grace Hopper', display_name: '' } },
  { id: linus, team_id: TEAM_ID, name: 'li', deleted: true, profile: { real_name: 'Linus' } },
  {
    id: buildBot,
    team_id: TEAM_ID,
    name: 'build',
    is_bot: true,
    profile: { real_name: 'Build', bot_id: 'B0BUILD' },
  },
  { id: 'U0FOREIGN', team_id: 'T0OTHER', name: 'visitor', profile: { real_name: 'Visitor from another team' } },
]

const CHANNELS = [
  {
    id: 'C0GENERAL',
    name: 'general',
    created: 1_700_000_000,
    is_archived: false,
    members: [ada, grace, 'U0NOBODY'],
    topic: { value: 'All of us' },
    purpose: { value: 'What concerns everybody' },
  },
  { id: 'C0OLD', name: 'old-plans', created: 1_600_000_000, is_archived: true, members: [ada], purpose: { value: '' } },
]

const message = (ts: string, user: string, text: string, more: object = {}): object => ({
  type: 'message',
  user,
  text,
  ts,
  ...more,
})

/** The first day: markup. The text of each message, and what must come out of it. */
export const MARKUP: readonly { readonly slack: string; readonly markdown: string }[] = [
  { slack: 'Hello <@U0GRACE> and <@U0LINUS|li>!', markdown: 'Hello @grace.h and @li!' },
  { slack: 'Who was <@U0UNKNOWN> or <@U0UNKNOWN|somebody>?', markdown: 'Who was @U0UNKNOWN or @somebody?' },
  { slack: 'See <#C0OLD|old-plans> and <#C0GONE|gone>', markdown: 'See #old-plans and #gone' },
  { slack: '<!channel> <!here|here> <!everyone>', markdown: '@channel @here @everyone' },
  {
    slack: '<!subteam^S0OPS|@ops> at <!date^1392734382^{date}|18 February 2014>',
    markdown: '@ops at 18 February 2014',
  },
  { slack: 'at <https://example.org/a_b_c?x=1&amp;y=2>', markdown: 'at <https://example.org/a_b_c?x=1&y=2>' },
  { slack: '<https://example.org/|the [best] site>', markdown: '[the \\[best\\] site](https://example.org/)' },
  { slack: '<https://example.org/a_(b)|paren>', markdown: '[paren](https://example.org/a_\\(b\\))' },
  { slack: '<mailto:ada@example.org|ada@example.org>', markdown: '[ada@example.org](mailto:ada@example.org)' },
  { slack: 'so!<https://example.org/|here>', markdown: 'so\\![here](https://example.org/)' },
  { slack: 'a &lt; b &amp;&amp; c &gt; d, and &amp;lt; stays', markdown: 'a < b && c > d, and \\&lt; stays' },
  { slack: 'no &lt;b&gt;html&lt;/b&gt;', markdown: 'no \\<b>html\\</b>' },
  { slack: '*bold* _italic_ ~gone~ `code`', markdown: '**bold** _italic_ ~~gone~~ `code`' },
  { slack: '*_both_* and (*this*)', markdown: '**_both_** and (**this**)' },
  { slack: 'snake_case_name, 2 * 3, 2*3*4, __init__', markdown: 'snake_case_name, 2 * 3, 2\\*3\\*4, \\_\\_init\\_\\_' },
  { slack: '**not bold in Slack**', markdown: '\\*\\*not bold in Slack\\*\\*' },
  { slack: '[text](https://example.org)', markdown: '[text\\](https://example.org)' },
  { slack: 'C:\\path\\*', markdown: 'C:\\\\path\\\\\\*' },
  { slack: '# no heading\n#general is a channel', markdown: '\\# no heading\n#general is a channel' },
  { slack: 'Title\n=====\nText\n---\nEnd', markdown: 'Title\n\\=====\nText\n\\---\nEnd' },
  { slack: '- one\n- two\nafter', markdown: '- one\n- two\n\nafter' },
  { slack: '1. one\n2. two\n5. five', markdown: '1. one\n2. two\n\n5\\. five' },
  { slack: '&gt; quoted\nanswer', markdown: '> quoted\n\nanswer' },
  { slack: '&gt;&gt;&gt; all\nof it', markdown: '> all\n> of it' },
  { slack: '  indented', markdown: '\u00A0\u00A0indented' },
  { slack: 'one\ntwo\n\nthree', markdown: 'one\ntwo\n\nthree' },
  { slack: 'run `a &lt; b &amp;&amp; *c*` now', markdown: 'run `a < b && *c*` now' },
  { slack: '`see <https://example.org|example.org> <@U0ADA>`', markdown: '`see example.org @ada`' },
  { slack: 'it:```if (a &lt; b) {\n  *p = 1;\n}```done', markdown: 'it:\n```\nif (a < b) {\n  *p = 1;\n}\n```\ndone' },
  { slack: '```\n- no list\n# no heading\n```', markdown: '```\n- no list\n# no heading\n```' },
  { slack: ':smile: :wave::skin-tone-3: :heart: :no_such_emoji:', markdown: '😄 👋🏼 ❤️ :no_such_emoji:' },
  { slack: 'at 12:100:30, unclosed *star and `tick', markdown: 'at 12:100:30, unclosed \\*star and \\`tick' },
  { slack: '', markdown: '' },
]

const MARKUP_DAY = MARKUP.map(({ slack }, index) => message(`${1_700_006_400 + index}.000100`, ada, slack))

/** The second day: conversation. */
const TALK_DAY = [
  { type: 'message', subtype: 'channel_join', user: grace, text: '<@U0GRACE> has joined', ts: '1700092800.000000' },
  message('1700092801.000200', ada, 'Shall we ship?', {
    thread_ts: '1700092801.000200',
    reply_count: 2,
    reactions: [
      { name: '+1', users: [grace, linus], count: 2 },
      { name: 'thumbsup', users: [grace, guest], count: 2 },
      { name: 'wave::skin-tone-2', users: [ada], count: 1 },
      { name: 'our-own-logo', users: [ada], count: 1 },
    ],
  }),
  message('1700092802.000300', grace, 'Yes', { thread_ts: '1700092801.000200', parent_user_id: ada }),
  message('1700092803.000400', linus, 'Tell everybody', {
    thread_ts: '1700092801.000200',
    subtype: 'thread_broadcast',
  }),
  message('1700092804.000500', grace, 'Edited', { edited: { user: grace, ts: '1700092900.000000' } }),
  message('1700092805.000600', grace, 'waves', { subtype: 'me_message' }),
  message('1700092806.000700', guest, 'I am in no list', { user_profile: { name: 'guest', real_name: 'A Guest' } }),
  message('1700092807.000800', grace, 'A reply to what is gone', { thread_ts: '1600000000.000001' }),
  {
    type: 'message',
    subtype: 'bot_message',
    bot_id: 'B0BUILD',
    text: '',
    ts: '1700092808.000900',
    attachments: [
      { fallback: 'Build passed', title: 'Build 7', title_link: 'https://ci.example.org/7', text: 'all *green*' },
    ],
  },
  {
    type: 'message',
    subtype: 'bot_message',
    bot_id: 'B0DEPLOY',
    username: 'Deploy Bot',
    text: 'Deployed',
    ts: '1700092809.001000',
  },
  { type: 'message', subtype: 'bot_message', username: 'nameless hook', text: 'Hooked', ts: '1700092810.001100' },
  message('1700092811.001200', ada, 'The plan', {
    files: [
      { name: 'plan.pdf', title: 'The_plan', permalink: 'https://example.slack.com/files/U0ADA/F1/plan.pdf' },
      { name: 'key.txt', url_private: 'https://files.slack.com/files-pri/T0-F2/key.txt?t=xoxe-secret' },
      { mode: 'tombstone' },
    ],
  }),
  message('1700092812.001300', ada, '', {
    blocks: [
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'From ' },
              { type: 'text', text: 'blocks', style: { bold: true } },
              { type: 'emoji', name: 'smile' },
              { type: 'user', user_id: grace },
            ],
          },
          {
            type: 'rich_text_list',
            style: 'bullet',
            elements: [
              { type: 'rich_text_section', elements: [{ type: 'link', url: 'https://example.org', text: 'a link' }] },
            ],
          },
        ],
      },
    ],
  }),
  {
    type: 'message',
    subtype: 'tombstone',
    user: 'USLACKBOT',
    text: 'This message was deleted.',
    ts: '1700092813.001400',
  },
  message('1700092814.001500', ada, 'Same time, first'),
  message('1700092814.001500', grace, 'Same time, second'),
  message('1700092815.001600', ada, 'Said once'),
  message('1700092815.001600', ada, 'Said once'),
]

/** The third day is damaged: the line of each broken entry is in BROKEN_LINES. */
const DAMAGED_DAY = `[
    {
        "type": "message", "user": "${ada}", "text": "before the damage", "ts": "1700179200.000100"
    },
    {
        "type": "message", "user": "${ada}", "text": "a comma too many",, "ts": "1700179201.000100"
    },
    {
        "type": "message", "user": "${ada}", "text": "no time"
    },
    {
        "type": "message", "user": "${ada}", "text": ["no", "text"], "ts": "1700179202.000100"
    },
    "no object",
    {
        "type": "message", "user": "${grace}", "text": "after the damage", "ts": "1700179203.000100"
    },
    {
        "type": "message", "text": "nobody", "ts": "1700179204.000100"
    },
    {
        "type": "message", "user": "${grace}", "text": "no end", "ts": "1700179205.000100"
    ,
    {
        "type": "message", "user": "${grace}", "text": "the last one", "ts": "1700179206.000100"
    }
]
`
export const DAMAGED_FILE = 'general/2023-11-17.json'
export const BROKEN_LINES: readonly number[] = [5, 8, 11, 14, 18, 21]

const OLD_DAY = [
  message('1600000000.000100', linus, 'An old plan'),
  message('1600000001.000100', ada, 'See <#C0GENERAL|general>'),
]

/** What comes in, in all, and how it is spread. */
export const EXPECTED = {
  source: `slack:${TEAM_ID}`,
  general: MARKUP.length + 15 + 3,
  oldPlans: 2,
  leftOut: { channel_join: 1, tombstone: 1, 'repeated in the export': 1 },
} as const

const json = (value: unknown): string => JSON.stringify(value, null, 4)

/** The parts of the zip, so that a test can add to them or leave some out. */
export function handMadeParts(): ZipPart[] {
  return [
    { name: 'users.json', content: json(USERS) },
    { name: 'channels.json', content: json(CHANNELS) },
    { name: 'groups.json', content: json([{ id: 'G0SECRET', name: 'secret', members: [ada] }]) },
    {
      name: 'mpims.json',
      content: json([{ id: 'G0THREE', name: 'mpdm-ada--grace--li-1', members: [ada, grace, linus] }]),
    },
    { name: 'dms.json', content: json([{ id: 'D0ADAGRACE', members: [ada, grace] }]) },
    { name: 'integration_logs.json', content: '[]' },
    { name: 'general/', content: '', stored: true },
    { name: 'general/2023-11-15.json', content: json(MARKUP_DAY) },
    { name: 'general/2023-11-16.json', content: json(TALK_DAY) },
    { name: DAMAGED_FILE, content: DAMAGED_DAY },
    { name: 'general/2023-11-18.json', content: 'this is no JSON' },
    { name: 'old-plans/2020-09-13.json', content: json(OLD_DAY) },
    { name: 'secret/2023-11-15.json', content: json([message('1700006400.000100', ada, 'a private word')]) },
    { name: 'D0ADAGRACE/2023-11-15.json', content: json([message('1700006400.000100', ada, 'a direct word')]) },
    {
      name: 'mpdm-ada--grace--li-1/2023-11-15.json',
      content: json([message('1700006400.000100', ada, 'a word among three')]),
    },
    { name: 'stray/2023-11-15.json', content: json([message('1700006400.000100', ada, 'a word in no channel')]) },
  ]
}

/** The bytes of the export's zip. */
export function handMadeExport(): Buffer {
  return writeZip(handMadeParts())
}
