import type { Clock } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import type { ImportProgress } from './import-progress.ts'
import { ProgressMeter } from './import-progress.ts'
import type { ImportReport } from './import-report.ts'
import { KindCounter, ProblemList } from './import-report.ts'
import { ImportTerminal, renderDuration, renderProgress, renderReport } from './report.ts'

class SetClock implements Clock {
  atMs = 1000
  nowMs(): number {
    return this.atMs
  }
  monotonicMs(): number {
    return this.atMs
  }
}

const halfWay: ImportProgress = {
  phase: 'messages',
  done: 50,
  total: 100,
  messages: 7012,
  ratePerS: 12_300,
  leftMs: 3400,
}

test('a line of progress says what, how far, how fast and how long', () => {
  expect(renderProgress(halfWay)).toBe('Messages  50 %  7,012 messages, 12,300/s, 3 s left')
  expect(renderProgress({ ...halfWay, phase: 'check' })).toBe('Checking the file  50 %  3 s left')
  expect(renderProgress({ ...halfWay, phase: 'people', done: 100, leftMs: 0 })).toBe('People  100 %  100 of 100')
  expect(renderProgress({ ...halfWay, phase: 'channels', done: 0, total: 0, leftMs: undefined })).toBe(
    'Channels  100 %  0 of 0',
  )
})

test('durations', () => {
  expect([0, 999, 61_000, 3_725_000].map(renderDuration)).toEqual(['0 s', '1 s', '1 min 01 s', '1 h 02 min'])
})

describe('the terminal', () => {
  const writing = (isTTY: boolean): { text: string; isTTY: boolean; columns: number; write(text: string): void } => ({
    text: '',
    isTTY,
    columns: 30,
    write(text: string) {
      this.text += text
    },
  })

  test('has one line that changes, not longer than it is wide', () => {
    const output = writing(true)
    const terminal = new ImportTerminal(output, new SetClock())
    terminal.progress({ ...halfWay, phase: 'people', done: 1, total: 2, leftMs: undefined })
    terminal.progress({ ...halfWay, phase: 'people', done: 2, total: 2, leftMs: 0 })
    terminal.progress(halfWay)
    terminal.end()
    terminal.end()
    const erase = '\r\u001B[2K'
    expect(output.text).toBe(
      `${erase}People  50 %  1 of 2${erase}People  100 %  2 of 2\nMessages  50 %  7,012 message\n`,
    )
  })

  test('writes plain lines into a file: at the start and the end of a phase, and every few seconds', () => {
    const output = writing(false)
    const clock = new SetClock()
    const terminal = new ImportTerminal(output, clock)
    for (const done of [0, 10, 20, 50, 100, 100]) {
      terminal.progress({ ...halfWay, phase: 'check', done, leftMs: undefined })
      clock.atMs += 2000
    }
    terminal.end()
    expect(output.text).toBe('Checking the file  0 %\nChecking the file  50 %\nChecking the file  100 %\n')
  })
})

test('progress is told at most four times a second, with the rate of the last seconds', () => {
  const clock = new SetClock()
  const seen: ImportProgress[] = []
  const meter = new ProgressMeter((progress) => seen.push(progress), clock)
  meter.begin('messages', 1000)
  for (let n = 0; n < 100; n++) {
    clock.atMs += 10
    meter.advance(5, 2)
  }
  expect(seen).toHaveLength(5)
  expect(seen.at(-1)).toEqual({ phase: 'messages', done: 500, total: 1000, messages: 200, ratePerS: 200, leftMs: 1000 })
})

const report: ImportReport = {
  source: 'slack:T1',
  stopped: false,
  people: { inExport: 2, fromMessages: 0, bots: 0 },
  channels: [{ slackName: 'general', name: 'general', inserted: 1, known: 0 }],
  messages: { inserted: 1, known: 0 },
  leftOut: { messages: [], conversations: [], files: 0 },
  changed: { repliesWithoutRoot: 0, cutMessages: 0, messagesOfOneTime: 0, unknownMembers: 0 },
  problems: { count: 0, first: [] },
  durationMs: 500,
}

describe('the report', () => {
  test('is short when all is well', () => {
    expect(renderReport(report)).toEqual([
      'Done after 1 s: 1 message imported (2/s)',
      '  2 people of the export',
      '  #general: 1 message imported',
    ])
  })

  test('tells what is left out, changed and broken, and how to go on', () => {
    const lines = renderReport({
      ...report,
      stopped: true,
      people: { inExport: 1, fromMessages: 3, bots: 1 },
      channels: [{ slackName: 'general', name: 'general-2', inserted: 1200, known: 34 }],
      messages: { inserted: 1200, known: 34 },
      leftOut: {
        messages: [{ kind: 'channel_join', count: 2 }],
        conversations: [{ kind: 'private channel', count: 2, dayFiles: 1 }],
        files: 1,
      },
      changed: { repliesWithoutRoot: 2, cutMessages: 1, messagesOfOneTime: 1, unknownMembers: 1 },
      problems: {
        count: 102,
        first: [
          { file: 'general/2020-01-01.json', line: 7, what: 'is not JSON' },
          { file: 'x/', line: undefined, what: 'is in no list' },
        ],
      },
    })
    expect(lines).toEqual([
      'Stopped after 1 s: 1,200 messages imported, 34 already here (2,468/s)',
      '  1 person of the export, 3 more who appear in messages only; 1 bot among them',
      '  #general-2 (in Slack #general): 1,200 messages imported, 34 already here',
      'Left out:',
      '  2 private channels (1 day): not public',
      '  2 messages: channel_join',
      '  1 file: named in the messages, content not imported',
      'Changed:',
      '  2 replies without their first message in the export: now ordinary messages',
      '  1 message over 100,000 characters: cut',
      '  1 message with the same time as another one of its channel: kept, in the order of the export',
      '  1 member of a channel who is not among the people: left out',
      '102 broken entries:',
      '  general/2020-01-01.json:7: is not JSON',
      '  x/: is in no list',
      '  and 100 more',
      'Run the same command again to go on: nothing comes in twice.',
    ])
  })

  test('shows no control character of an export', () => {
    const name = 'evil\u001B[2J\nname\u202E'
    const lines = renderReport({ ...report, channels: [{ slackName: name, name, inserted: 0, known: 0 }] })
    expect(lines[2]).toBe('  #evil\\u001b[2J\\nname\\u202e: 0 messages imported')
  })
})

test('lists the first problems and counts all; asks for the line of those only', () => {
  const problems = new ProblemList()
  let asked = 0
  for (let n = 0; n < 150; n++) problems.add(n % 2 === 0 ? 'b' : 'a', 'broken', () => 1000 - ++asked)
  const { count, first } = problems.result()
  expect([count, first.length, asked]).toEqual([150, 100, 100])
  expect(first.slice(0, 2).map(({ file, line }) => [file, line])).toEqual([
    ['b', 901],
    ['b', 903],
  ])
})

test('counts kinds by name, and those over the bound together', () => {
  const kinds = new KindCounter()
  for (let n = 0; n < 150; n++) kinds.add(`kind${n}`)
  expect(kinds.result()).toHaveLength(101)
  expect(kinds.result()[0]).toEqual({ kind: 'other kinds', count: 50 })
})
