/** What the import command says in the terminal: a line about how far it is, and the report at the end. */
import { systemClock, type Clock } from '@glasshouse/kernel'
import type { ImportProgress } from './import-progress.ts'
import { printable } from './import-refusal.ts'
import type { ImportReport } from './import-report.ts'

const PHASE_NAMES = {
  check: 'Checking the file',
  people: 'People',
  channels: 'Channels',
  messages: 'Messages',
} as const

const count = (value: number): string => Math.round(value).toLocaleString('en-US')
/** Text from the export without its quotes: control characters stay visible as escapes. */
const shown = (text: string): string => printable(text).slice(1, -1).replaceAll('\\"', '"')

function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** `1 h 02 min`, `3 min 20 s`, `12 s`. */
export function renderDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`
  if (minutes > 0) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${seconds} s`
}

/** One line, such as `Messages  42 %  7,012 imported, 12,300/s, 3 s left`. */
export function renderProgress(progress: ImportProgress): string {
  const { phase, done, total, messages, ratePerS, leftMs } = progress
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))
  const parts: string[] = []
  if (phase === 'messages') parts.push(plural(messages, 'message'), `${count(ratePerS)}/s`)
  else if (phase !== 'check') parts.push(`${count(done)} of ${count(total)}`)
  if (leftMs !== undefined && done < total) parts.push(`${renderDuration(leftMs)} left`)
  return `${PHASE_NAMES[phase]}  ${percent} %${parts.length === 0 ? '' : `  ${parts.join(', ')}`}`
}

/** The part of a terminal's stream that is needed; `process.stderr` is one. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const PLAIN_LINE_INTERVAL_MS = 5000
const COLUMNS_ASSUMED = 80
const ERASE_LINE = '\r\u001B[2K'

/** On a terminal, one line that changes; into a file or a pipe, a line every few seconds and at the end of each phase. */
export class ImportTerminal {
  readonly #output: ProgressOutput
  readonly #clock: Clock
  #lineOpen = false
  #phase: string | undefined
  #phaseEnded = false
  #lastMs = 0

  constructor(output: ProgressOutput, clock: Clock = systemClock) {
    this.#output = output
    this.#clock = clock
  }

  progress(progress: ImportProgress): void {
    if (this.#output.isTTY === true) this.#updateLine(progress)
    else this.#addLine(progress)
  }

  /** Ends the line that is being updated: call it before anything else is printed. */
  end(): void {
    if (this.#lineOpen) this.#output.write('\n')
    this.#lineOpen = false
  }

  report(report: ImportReport): string {
    return renderReport(report).join('\n')
  }

  #updateLine(progress: ImportProgress): void {
    // A line that wraps could not be erased.
    const line = renderProgress(progress).slice(0, (this.#output.columns ?? COLUMNS_ASSUMED) - 1)
    this.#output.write(`${this.#lineOpen && this.#phase !== progress.phase ? '\n' : ERASE_LINE}${line}`)
    this.#phase = progress.phase
    this.#lineOpen = true
  }

  #addLine(progress: ImportProgress): void {
    if (this.#phase !== progress.phase) this.#phaseEnded = false
    if (this.#phaseEnded) return
    const nowMs = this.#clock.monotonicMs()
    const ends = progress.done >= progress.total
    if (this.#phase === progress.phase && !ends && nowMs - this.#lastMs < PLAIN_LINE_INTERVAL_MS) return
    this.#phase = progress.phase
    this.#phaseEnded = ends
    this.#lastMs = nowMs
    this.#output.write(`${renderProgress(progress)}\n`)
  }
}

/** The lines of the report: what came in, what did not and why, what was broken. */
export function renderReport(report: ImportReport): string[] {
  const { messages, channels, people, durationMs } = report
  const all = messages.inserted + messages.known
  const ratePerS = durationMs > 0 ? (all / durationMs) * 1000 : 0
  return [
    `${report.stopped ? 'Stopped' : 'Done'} after ${renderDuration(durationMs)}: ${plural(messages.inserted, 'message')} imported` +
      `${messages.known === 0 ? '' : `, ${count(messages.known)} already here`} (${count(ratePerS)}/s)`,
    `  ${plural(people.inExport, 'person', 'people')} of the export` +
      `${people.fromMessages === 0 ? '' : `, ${count(people.fromMessages)} more who appear in messages only`}` +
      `${people.bots === 0 ? '' : `; ${plural(people.bots, 'bot')} among them`}`,
    ...channels.map(
      (channel) =>
        `  #${shown(channel.name)}${channel.name === channel.slackName ? '' : ` (in Slack #${shown(channel.slackName)})`}: ` +
        `${plural(channel.inserted, 'message')} imported${channel.known === 0 ? '' : `, ${count(channel.known)} already here`}`,
    ),
    ...renderLeftOut(report),
    ...renderChanged(report),
    ...renderProblems(report),
    ...(report.stopped ? ['Run the same command again to go on: nothing comes in twice.'] : []),
  ]
}

function renderLeftOut({ leftOut }: ImportReport): string[] {
  const lines = [
    ...leftOut.conversations.map(
      ({ kind, count: number, dayFiles }) => `  ${plural(number, kind)} (${plural(dayFiles, 'day')}): not public`,
    ),
    ...leftOut.messages.map(({ kind, count: number }) => `  ${plural(number, 'message')}: ${shown(kind)}`),
    ...(leftOut.files === 0 ? [] : [`  ${plural(leftOut.files, 'file')}: named in the messages, content not imported`]),
  ]
  return lines.length === 0 ? [] : ['Left out:', ...lines]
}

function renderChanged({ changed }: ImportReport): string[] {
  const lines: string[] = []
  const add = (value: number, one: string, many: string): void => {
    if (value > 0) lines.push(`  ${count(value)} ${value === 1 ? one : many}`)
  }
  add(
    changed.repliesWithoutRoot,
    'reply without its first message in the export: now an ordinary message',
    'replies without their first message in the export: now ordinary messages',
  )
  add(changed.cutMessages, 'message over 100,000 characters: cut', 'messages over 100,000 characters: cut')
  add(
    changed.messagesOfOneTime,
    'message with the same time as another one of its channel: kept, in the order of the export',
    'messages with the same time as another one of their channel: kept, in the order of the export',
  )
  add(
    changed.unknownMembers,
    'member of a channel who is not among the people: left out',
    'members of channels who are not among the people: left out',
  )
  return lines.length === 0 ? [] : ['Changed:', ...lines]
}

function renderProblems({ problems }: ImportReport): string[] {
  if (problems.count === 0) return []
  const listed = problems.first.map(
    ({ file, line, what }) => `  ${shown(file)}${line === undefined ? '' : `:${line}`}: ${shown(what)}`,
  )
  const more = problems.count - problems.first.length
  return [
    `${plural(problems.count, 'broken entry', 'broken entries')}:`,
    ...listed,
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
  ]
}
