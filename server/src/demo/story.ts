/**
 * The team of the demo and what it has said in the last two weeks: a small company that makes Tidewater, which shows harbours when boats
 * come and go. All of it is made up.
 */

export interface DemoPerson {
  readonly username: string
  readonly displayName: string
  readonly bot?: true
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { username: 'Robin', displayName: 'Robin' },
  { username: 'maya', displayName: 'Maya Lindqvist' },
  { username: 'tomas', displayName: 'Tomás Herrera' },
  { username: 'ines', displayName: 'Inês Carvalho' },
  { username: 'jun', displayName: 'Jun Watanabe' },
  { username: 'priya', displayName: 'Priya Raman' },
  { username: 'oskar', displayName: 'Oskar Nowak' },
  { username: 'leila', displayName: 'Leila Haddad' },
  { username: 'sam', displayName: 'Sam Whitford' },
  { username: 'aiko', displayName: 'Aiko Mori' },
  { username: 'daniel', displayName: 'Daniel Osei' },
  { username: 'freya', displayName: 'Freya Holm' },
  { username: 'harbourmaster', displayName: 'Harbourmaster', bot: true },
]

/** Who administers the house, and somebody who does not; both get the password that the terminal shows. */
export const DEMO_ADMIN = 'Robin'
export const DEMO_MEMBER = 'maya'

/** A message: how many days ago and at what time (UTC), by whom, what; then what became of it. */
export interface DemoMessage {
  readonly at: readonly [daysAgo: number, time: string]
  readonly by: string
  readonly text: string
  /** By emoji, who reacted, separated by blanks. */
  readonly reactions?: Readonly<Record<string, string>>
  readonly pinned?: true
  readonly replies?: readonly Omit<DemoMessage, 'replies'>[]
}

export interface DemoChannel {
  readonly key: string
  readonly type: 'public' | 'private' | 'direct' | 'group'
  readonly name?: string
  readonly topic?: string
  readonly description?: string
  /** The first one owns it. */
  readonly members: string
  readonly messages: readonly DemoMessage[]
}

const EVERYBODY = 'robin maya tomas ines jun priya oskar leila sam aiko daniel freya harbourmaster'

export const DEMO_CHANNELS: readonly DemoChannel[] = [
  {
    key: 'general',
    type: 'public',
    name: 'general',
    topic: 'Tidewater 2.0 goes out on the 30th',
    description: 'What everybody should know',
    members: EVERYBODY,
    messages: [
      {
        at: [13, '08:30'],
        by: 'robin',
        text: 'Good morning all. The board has agreed: **Tidewater 2.0 goes out at the end of the month**, with live berths in all four pilot harbours. Thank you for the work that got us here.',
        reactions: { '🎉': 'maya tomas ines jun priya oskar leila sam aiko daniel freya', '⛵': 'sam freya' },
        pinned: true,
      },
      {
        at: [13, '08:41'],
        by: 'freya',
        text: 'The harbour office in Ystad has already asked whether they may be first.',
      },
      {
        at: [13, '08:44'],
        by: 'daniel',
        text: 'They may. I will bring the cake.',
        reactions: { '🍰': 'freya maya oskar' },
      },
      {
        at: [10, '09:02'],
        by: 'leila',
        text: 'A reminder that the office is closed on Friday afternoon: they are changing the windows on our floor. Working from home is fine, working from the boat is fine too.',
        reactions: { '👍': 'robin ines priya sam', '🛶': 'sam' },
      },
      {
        at: [7, '10:15'],
        by: 'maya',
        text: 'Notes from the all-hands are up. The short version:\n\n- **Berths** are live in Ystad and Cuxhaven, and quiet so far\n- **Billing** moves to next quarter; nobody has to hurry\n- We hire one more person for support, so tell your friends',
        reactions: { '🙏': 'leila daniel aiko', '👏': 'tomas jun' },
        replies: [
          {
            at: [7, '10:22'],
            by: 'sam',
            text: 'When does support start to look for somebody? I know just the person.',
          },
          {
            at: [7, '10:31'],
            by: 'leila',
            text: 'The advert goes out on Monday. Send them to me before that!',
            reactions: { '👀': 'sam' },
          },
        ],
      },
      {
        at: [3, '15:58'],
        by: 'oskar',
        text: 'Whoever left a very good umbrella in the small meeting room: it is behind my desk, and I am getting attached to it.',
        reactions: { '☔': 'aiko jun freya', '😄': 'maya leila' },
      },
      {
        at: [1, '09:05'],
        by: 'robin',
        text: 'Two weeks of calm numbers from the pilots. Let us keep it boring until the 30th.',
        reactions: { '💙': 'maya ines priya', '🧘': 'jun oskar' },
      },
    ],
  },
  {
    key: 'product',
    type: 'public',
    name: 'product',
    topic: 'Berth view · tide table · arrivals',
    description: 'What we build, and why',
    members: 'maya robin tomas ines jun priya aiko freya oskar',
    messages: [
      {
        at: [12, '09:20'],
        by: 'maya',
        text: 'I have spent two days with the night shift in Cuxhaven. What they want is not a better map. They want to know **which boat is late** without asking anybody.',
        reactions: { '💡': 'robin ines freya aiko' },
        replies: [
          {
            at: [12, '09:34'],
            by: 'ines',
            text: 'Late against what: the plan of the morning, or the last word of the skipper?',
          },
          {
            at: [12, '09:37'],
            by: 'maya',
            text: 'Both, and they keep them apart in their heads. So should we.',
            reactions: { '🎯': 'ines jun' },
          },
          { at: [12, '09:51'], by: 'jun', text: 'Then the row needs two times and one colour. I can draw that.' },
          {
            at: [12, '13:15'],
            by: 'freya',
            text: 'The skippers would thank you. Today they are called three times a night.',
          },
        ],
      },
      {
        at: [11, '14:05'],
        by: 'jun',
        text: 'First drawing of the arrivals list: planned time on the left, last word on the right, and the difference as a word: *on time*, *late*, *lost*. No red unless somebody has to get up.',
        reactions: { '😍': 'maya aiko', '👍': 'tomas ines robin' },
      },
      {
        at: [11, '14:20'],
        by: 'aiko',
        text: '“Lost” will frighten the harbour office. “No word since 02:10” says the same and tells them what to do.',
        reactions: { '💯': 'jun maya freya' },
      },
      { at: [11, '14:26'], by: 'jun', text: 'That is better. Changed.' },
      {
        at: [8, '11:00'],
        by: 'tomas',
        text: 'The tide table now reads the official files instead of scraping the page. It is about 40 lines:\n\n```ts\nfor (const { time, height } of readTides(file)) {\n  table.set(roundToMinute(time), height)\n}\n```\n\nAnd it is right on the days when the clocks change, which the old one never was.',
        reactions: { '🌊': 'ines freya', '🙌': 'maya priya' },
      },
      {
        at: [6, '10:10'],
        by: 'priya',
        text: 'From the usability sessions: five of six people found the late boat in under ten seconds. The sixth found the coffee machine.',
        reactions: { '☕': 'jun maya oskar', '📈': 'robin' },
      },
      {
        at: [4, '16:30'],
        by: 'ines',
        text: 'Decision for the record: **we show harbour time everywhere**, also to people who look from another zone. A berth is where it is.',
        reactions: { '✅': 'maya tomas freya' },
        pinned: true,
      },
      {
        at: [2, '13:45'],
        by: 'aiko',
        text: 'New words for the empty state: “Nobody is expected before 05:40. Good night.”',
        reactions: { '🌙': 'jun maya freya ines', '❤️': 'priya' },
      },
    ],
  },
  {
    key: 'engineering',
    type: 'public',
    name: 'engineering',
    topic: 'Main is green, please keep it so',
    description: 'How we build it',
    members: 'tomas ines oskar priya daniel robin harbourmaster',
    messages: [
      {
        at: [13, '11:02'],
        by: 'harbourmaster',
        text: 'Deployed **tidewater 1.9.4** to Ystad and Cuxhaven. 3 changes, no migrations.',
      },
      {
        at: [11, '08:55'],
        by: 'oskar',
        text: 'The position feed dropped out for four minutes at 03:12. Nothing was lost, since the buoys repeat themselves, but the board showed old positions **as if they were new**. I think that is the real fault.',
        reactions: { '👀': 'tomas ines daniel' },
        replies: [
          {
            at: [11, '09:03'],
            by: 'tomas',
            text: 'Agreed. An old position must look old. Can the board ask how old a position is?',
          },
          { at: [11, '09:10'], by: 'oskar', text: 'It can: `position.heardAt` is there, and nobody reads it.' },
          { at: [11, '09:12'], by: 'ines', text: 'I take it. Anything over two minutes gets grey and says its age.' },
          {
            at: [10, '15:40'],
            by: 'ines',
            text: 'Done, with a test that stops the feed and looks at the board. It failed before, which was nice to see.',
            reactions: { '🚀': 'oskar tomas', '🧪': 'priya' },
          },
        ],
      },
      {
        at: [9, '10:30'],
        by: 'daniel',
        text: 'I have moved the nightly backup to 01:00, before the fishing boats leave. Restore was tried on a fresh machine: eleven minutes from nothing to a board that works.',
        reactions: { '🛟': 'oskar robin', '👏': 'tomas ines priya' },
      },
      {
        at: [8, '16:44'],
        by: 'harbourmaster',
        text: 'Deployed **tidewater 1.9.5** to Ystad and Cuxhaven. 5 changes, 1 migration (0.4 s).',
      },
      {
        at: [5, '09:15'],
        by: 'priya',
        text: 'Flaky test of the week: `arrivals sorts by last word`. It sorted by a time with seconds and asserted on minutes. It was right 59 times out of 60.',
        reactions: { '😂': 'oskar tomas ines', '🏆': 'daniel' },
      },
      { at: [5, '09:21'], by: 'oskar', text: 'The best kind: wrong once an hour, like a clock.' },
      {
        at: [3, '11:30'],
        by: 'tomas',
        text: 'Before 2.0 I would like these three to be boring:\n\n1. restart in the middle of a tide change\n2. two harbours with the same berth names\n3. a skipper who enters tomorrow’s date for yesterday\n\nWho takes which?',
        replies: [
          { at: [3, '11:36'], by: 'priya', text: 'Two. I have seen it already, in Kalmar.' },
          { at: [3, '11:38'], by: 'oskar', text: 'One is mine.' },
          {
            at: [3, '11:52'],
            by: 'ines',
            text: 'Then three. I have been that skipper.',
            reactions: { '⛵': 'tomas oskar priya' },
          },
        ],
      },
      {
        at: [1, '17:20'],
        by: 'harbourmaster',
        text: 'Deployed **tidewater 2.0.0-rc.1** to the test harbour. 12 changes, 2 migrations (1.1 s).',
        reactions: { '🎉': 'tomas ines oskar priya daniel' },
      },
    ],
  },
  {
    key: 'support',
    type: 'public',
    name: 'support',
    topic: 'Harbour offices first, then everybody else',
    description: 'What harbours ask us, and what we answered',
    members: 'sam leila maya freya priya aiko',
    messages: [
      {
        at: [12, '07:50'],
        by: 'sam',
        text: 'Ystad asks: can they print the morning list? Their printer is from 1998 and it is loved.',
        reactions: { '🖨️': 'leila freya' },
      },
      {
        at: [12, '08:05'],
        by: 'priya',
        text: 'It can be printed since last week: one column, large letters, no colour. Please tell the printer that it was the test device.',
        reactions: { '❤️': 'sam leila' },
      },
      {
        at: [9, '12:12'],
        by: 'leila',
        text: 'Three harbours asked the same thing this week: how to change a berth’s name. I have written a page for it, with pictures.',
      },
      {
        at: [6, '08:20'],
        by: 'sam',
        text: 'Kalmar wrote: “Since the grey positions came we stopped calling boats to ask if the screen is right.” I have printed that and put it on the wall.',
        reactions: { '🥹': 'maya freya priya leila', '🙌': 'aiko' },
      },
      {
        at: [2, '09:40'],
        by: 'freya',
        text: 'I am in Cuxhaven on Tuesday, in case somebody has something for the night shift. They take biscuits.',
        reactions: { '🍪': 'sam leila aiko' },
      },
    ],
  },
  {
    key: 'design',
    type: 'public',
    name: 'design',
    topic: 'Night mode is the main mode',
    description: 'Drawings, words and colours',
    members: 'jun aiko maya freya',
    messages: [
      {
        at: [10, '13:00'],
        by: 'jun',
        text: 'Most of our people look at this in a dark room at three in the morning. I propose that we draw the night first and derive the day from it.',
        reactions: { '🌙': 'aiko maya freya' },
      },
      {
        at: [10, '13:18'],
        by: 'aiko',
        text: 'Yes please. And no pure white anywhere: the pilot in Ystad holds his hand before the screen.',
      },
      {
        at: [7, '15:30'],
        by: 'jun',
        text: 'New palette is in. Contrast is 4.5:1 at least, also for the grey of old positions.',
        reactions: { '🎨': 'aiko maya' },
      },
      {
        at: [2, '10:05'],
        by: 'aiko',
        text: 'I went through all our messages and took out eleven exclamation marks. We are a calm product.',
        reactions: { '😌': 'jun maya freya' },
      },
    ],
  },
  {
    key: 'random',
    type: 'public',
    name: 'watercooler',
    topic: 'Boats, bread and bicycles',
    description: 'Anything but work',
    members: EVERYBODY.replace(' harbourmaster', ''),
    messages: [
      {
        at: [11, '12:05'],
        by: 'sam',
        text: 'I have a new sourdough. It is called Gerald and has opinions about humidity.',
        reactions: { '🍞': 'leila aiko oskar', '😂': 'maya' },
      },
      {
        at: [9, '12:40'],
        by: 'freya',
        text: 'Swam at six this morning. Four degrees. I recommend the first minute and the tea after it.',
        reactions: { '🥶': 'jun oskar sam', '💪': 'robin' },
      },
      {
        at: [6, '17:55'],
        by: 'oskar',
        text: 'Does anybody want three kilos of plums? The tree did not ask me.',
        reactions: { '🙋': 'leila priya daniel' },
      },
      { at: [6, '18:03'], by: 'leila', text: 'Yes! There will be cake.' },
      {
        at: [2, '12:30'],
        by: 'leila',
        text: 'There is cake. Kitchen, second floor.',
        reactions: { '🍰': 'oskar priya daniel jun maya aiko sam', '🏃': 'oskar' },
      },
      {
        at: [1, '12:10'],
        by: 'jun',
        text: 'My bicycle has been found. It was where I had left it.',
        reactions: { '🚲': 'aiko tomas freya', '🎉': 'maya' },
      },
    ],
  },
  {
    key: 'launch',
    type: 'private',
    name: 'launch-2-0',
    topic: 'Go or no go: the 28th at 14:00',
    description: 'The plan for the 30th, until it is public',
    members: 'robin maya tomas leila freya',
    messages: [
      {
        at: [9, '09:00'],
        by: 'robin',
        text: 'This is where we plan the 30th. Freya speaks with the harbours, Leila with the press, Tomás says when we are ready, and Maya says what we leave out.',
        pinned: true,
      },
      {
        at: [9, '09:12'],
        by: 'maya',
        text: 'Left out, with a light heart: billing, the weather layer, and the parrot.',
        reactions: { '🦜': 'tomas freya leila' },
      },
      {
        at: [5, '10:45'],
        by: 'leila',
        text: 'The harbour magazine wants a photograph of the board at night. Cuxhaven says yes, if nobody moves the chairs.',
      },
      {
        at: [3, '14:00'],
        by: 'tomas',
        text: 'State of readiness: the three boring things are two thirds boring. I would be surprised by a no go.',
        reactions: { '🤞': 'robin maya', '⚓': 'freya' },
        replies: [
          { at: [3, '14:09'], by: 'robin', text: 'What would surprise you into one?' },
          {
            at: [3, '14:15'],
            by: 'tomas',
            text: 'A second feed that drops out in a storm. Oskar pulls the plug on Wednesday to see.',
          },
        ],
      },
      {
        at: [1, '16:05'],
        by: 'freya',
        text: 'All four harbours have confirmed in writing. Ystad added a drawing of a whale.',
        reactions: { '🐋': 'robin maya tomas leila' },
      },
    ],
  },
  {
    key: 'robin-maya',
    type: 'direct',
    members: 'robin maya',
    messages: [
      {
        at: [4, '17:40'],
        by: 'maya',
        text: 'Do you have ten minutes tomorrow about the person for support? I think that Sam’s friend is the one.',
      },
      { at: [4, '17:44'], by: 'robin', text: 'With pleasure. Half past nine, and I bring the coffee?' },
      { at: [4, '17:45'], by: 'maya', text: 'Perfect.', reactions: { '☕': 'robin' } },
      {
        at: [1, '18:02'],
        by: 'robin',
        text: 'The notes for the board are in your hands. Say if something reads too proud.',
      },
    ],
  },
  {
    key: 'maya-jun',
    type: 'direct',
    members: 'maya jun',
    messages: [
      {
        at: [2, '11:20'],
        by: 'jun',
        text: 'The night shift would like the arrivals list on a second screen. May I try something large?',
      },
      { at: [2, '11:24'], by: 'maya', text: 'Please do. As large as the wall allows.', reactions: { '📺': 'jun' } },
    ],
  },
  {
    key: 'trio',
    type: 'group',
    members: 'maya robin freya',
    messages: [
      { at: [5, '08:15'], by: 'freya', text: 'Train to Cuxhaven on Tuesday: 07:04 or 09:04?' },
      { at: [5, '08:17'], by: 'robin', text: '09:04, we are not fishermen.', reactions: { '😄': 'maya freya' } },
    ],
  },
]

/** What is said when the house is made: with mentions, and a question to all. */
export const DEMO_TODAY = {
  mention: {
    channel: 'product',
    by: 'ines',
    text: '@maya the release candidate is in the test harbour. Would you look at the arrivals list before lunch? @jun too, for the greys.',
  },
  poll: {
    channel: 'general',
    by: 'leila',
    text: 'For the evening of the 30th:',
    question: 'Where do we celebrate?',
    options: ['On the ferry', 'In the harbour office', 'At the bakery', 'Wherever there is cake'],
    votes: { freya: 0, sam: 0, jun: 2, oskar: 3, daniel: 3, aiko: 3, priya: 1 },
  },
  /** In the Lobby; the last one has a link, so it waits for a moderator. */
  lobby: [
    { by: 'freya', text: 'Welcome to the Tidewater lobby. Harbours, visitors and friends: ask us anything here.' },
    { by: 'daniel', text: 'The test harbour is open to everybody this week, boats and all.' },
    { by: 'sam', text: 'Gerald has his own page now: https://gerald.example/bread' },
  ],
  draft: { channel: 'design', by: 'maya', text: 'About the night palette: could the grey of old positions be a touch' },
  scheduled: {
    channel: 'general',
    by: 'maya',
    text: 'Good morning! The candidate has had a quiet night in all four harbours.',
  },
} as const

/** What the team says while somebody looks, in its channels. */
export const DEMO_LINES: Readonly<Record<string, readonly (readonly [by: string, text: string])[]>> = {
  general: [
    ['daniel', 'The monitors in the hallway show the pilot boards now, in case you wonder about all the boats.'],
    ['leila', 'Post has come. Two parcels for Jun, one for Gerald.'],
    ['robin', 'A quiet morning in all four harbours. Thank you.'],
    ['freya', 'Ystad sends greetings, and a question about fonts.'],
  ],
  product: [
    ['ines', 'The list keeps its place now when a boat arrives. It was jumping by one row.'],
    ['jun', 'I tried the arrivals at two metres distance. The times read well; the names want a size more.'],
    ['maya', 'Good. Let us take the larger names for the wall only.'],
    ['priya', 'Two more sessions this afternoon, one of them with a real pilot.'],
    ['aiko', '“Expected” or “due”? I am for “expected”: a boat owes us nothing.'],
  ],
  engineering: [
    ['oskar', 'Pulled the plug of the second feed again. The board turned grey within two minutes, as it should.'],
    ['tomas', 'Down to one open fault for 2.0, and it is a comma.'],
    ['harbourmaster', 'Nightly restore drill: 10 min 48 s, all checks passed.'],
    ['priya', 'Kalmar’s double berth names are sorted. There is a test with four harbours now.'],
    ['ines', 'Reviewing the tide change restart. Looks boring, which is praise.'],
  ],
  support: [
    ['sam', 'Cuxhaven asks if the list can also show who is on duty. I said that I would ask.'],
    ['leila', 'The page about berth names was read forty times this week, and nobody has asked since.'],
    ['sam', 'Nobody is waiting. I go and feed Gerald.'],
  ],
  random: [
    ['aiko', 'There is a seal in the harbour basin, if you look out of the north windows.'],
    ['oskar', 'The plums are back. I do not know how.'],
    ['jun', 'Tea is ready.'],
  ],
}
export const DEMO_EMOJI = ['👍', '❤️', '🎉', '👀', '⛵', '🙌'] as const

/** What some of them say of themselves. */
export const DEMO_STATUSES: Readonly<Record<string, { readonly emoji: string; readonly text: string }>> = {
  freya: { emoji: '🚆', text: 'On the way to Cuxhaven' },
  sam: { emoji: '🍞', text: 'Feeding Gerald' },
  oskar: { emoji: '🔌', text: 'Pulling plugs' },
}

/** Made last, and archived: it tells that the house is whole. */
export const DEMO_LAST_CHANNEL = { name: 'spring-regatta', description: 'We came second. It was wonderful.' }
