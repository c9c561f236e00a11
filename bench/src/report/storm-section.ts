import type { StormResult, StormRun } from '../storm/bench-storm.ts'
import { barChart } from './bar-chart.ts'
import { image, ms, table, thousands, verdict } from './markdown.ts'
import { profileSentence } from './profile-lines.ts'
import type { Section } from './section.ts'

const CURRENT_MAX_S = 15
const BLOCKED_MAX_MS = 200
const CHART = 'bench-storm.svg'

const seconds = (timeMs: number): string => `${(timeMs / 1_000).toFixed(1)} s`
const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`

export function stormSection(result: StormResult): Section {
  const { sessions, streamsEach, channels, messagesAway, messagesPerS, witnesses, calm, runs } = result
  const lines = [
    '## P5 Reconnect storm: everybody comes back to a restarted server',
    '',
    `${thousands(sessions)} live sessions, each of a person of its own with a sign-in of its own, watch ${streamsEach} of ${channels} channels (the n-th channel in proportion to 1/n: nearly everybody is in the first). The server ends and starts again on the same data; ${messagesAway} messages are written before the crowd is back and ${messagesPerS} a second while it comes. Each client goes on with its token and its session’s id; “as the SDK does” is with its jitter and backoff, so some of the time is the clients’ own. A client is current when its last stream is live again. Server and database share one core, the clients have the other.`,
    '',
    ...table(
      [
        'ended by',
        'come back',
        'all current after',
        'target',
        '',
        'event loop blocked',
        'target',
        '',
        'lost',
        'repeated',
        'refused',
      ],
      runs.map((run) => [
        run.end,
        howOf(run),
        `**${seconds(run.currentLastMs)}**`,
        `${CURRENT_MAX_S} s`,
        verdict(run.currentLastMs <= CURRENT_MAX_S * 1_000),
        `**${run.eventLoop.maxMs.toFixed(0)} ms** (p99 ${ms(run.eventLoop.p99Ms)})`,
        `${BLOCKED_MAX_MS} ms`,
        verdict(run.eventLoop.maxMs <= BLOCKED_MAX_MS),
        String(lostOf(run)),
        String(run.crowd.repeated + run.crowd.outOfOrder),
        String(Object.values(run.refused).reduce((sum, count) => sum + count, 0)),
      ]),
    ),
    ...image('How long until everybody is current', CHART),
    ...table(
      [
        '',
        'down',
        'came back to their session',
        'current p50',
        'p95',
        'last',
        'CPU of the server',
        'replayed twice, and dropped',
        'resident',
        'at most',
      ],
      runs.map((run) => [
        nameOf(run),
        seconds(run.downMs),
        thousands(run.resumed),
        seconds(run.currentP50Ms),
        seconds(run.currentP95Ms),
        seconds(run.currentLastMs),
        seconds(run.serverCpuMs),
        thousands(run.crowd.overlapped),
        mb(run.residentBytes),
        mb(run.peakResidentBytes),
      ]),
    ),
    `Meanwhile ${witnesses} who are there already go on: from a sender to each of them p99 ${runs.map((run) => `${ms(run.witnesses.p99Ms)} (${nameOf(run)})`).join(', ')}; in calm, with everybody connected, ${ms(calm.p99Ms)}.`,
    '',
    `What bounds it, from a CPU profile of one more storm, all at once: ${profileSentence(result.profile)}.`,
    '',
  ]
  const bar = (name: string, timeMs: number, ours = false) => ({ name, value: timeMs, text: seconds(timeMs), ours })
  const chart = barChart({
    title: `${thousands(sessions)} sessions come back: less is better`,
    groups: runs.map((run) => ({
      label: nameOf(run),
      bars: [
        bar('half are current', run.currentP50Ms, true),
        bar('95 % are current', run.currentP95Ms, true),
        bar('all are current', run.currentLastMs, true),
      ],
    })),
  })
  return { lines, charts: { [CHART]: chart } }
}

/** Changes that clients should have taken and did not; each took no more than there were. */
function lostOf({ crowd }: StormRun): number {
  return crowd.expected - crowd.applied + crowd.resets
}

function howOf({ how }: StormRun): string {
  return how === 'as_sdk' ? 'as the SDK does' : 'all in one moment'
}

function nameOf(run: StormRun): string {
  return `${run.end}, ${howOf(run)}`
}
