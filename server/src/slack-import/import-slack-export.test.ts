import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { importSlackExport, type SlackImport } from './import-slack-export.ts'
import type { ImportProgress } from './import-progress.ts'
import type { ImportReport } from './import-report.ts'
import type { ImportedMessage } from './ports.ts'
import { generatedExport } from './testing/generated-export.ts'
import {
  BROKEN_LINES,
  DAMAGED_FILE,
  EXPECTED,
  handMadeExport,
  handMadeParts,
  MARKUP,
} from './testing/hand-made-export.ts'
import { MemoryImportTarget } from './testing/memory-import-target.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import { writeZip } from './testing/write-zip.ts'

async function run(zip: Buffer, target: MemoryImportTarget, options: Partial<SlackImport> = {}): Promise<ImportReport> {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'export.zip')
  await writeFile(file, zip)
  const result = await importSlackExport({ file, target, ...options })
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

const contentsOf = (messages: readonly ImportedMessage[]): string[] => messages.map((message) => message.content)
const bySaying = (messages: readonly ImportedMessage[], content: string): ImportedMessage => {
  const found = messages.find((message) => message.content === content)
  if (found === undefined) throw new Error(`nobody said ${content}`)
  return found
}

describe('the hand-made export', () => {
  test('comes in with people, channels and members', async () => {
    const target = new MemoryImportTarget()
    const report = await run(handMadeExport(), target)
    expect(report.source).toBe(EXPECTED.source)
    expect(report.people).toEqual({ inExport: 5, fromMessages: 3, bots: 3 })
    const people = [...target.people.values()].map(({ username, displayName, email, bot, disabled }) => ({
      username,
      displayName,
      email,
      bot,
      disabled,
    }))
    expect(people).toEqual([
      { username: 'ada', displayName: 'Ada', email: 'ada@example.org', bot: false, disabled: false },
      { username: 'grace.h', displayName: 'Grace Hopper', email: null, bot: false, disabled: false },
      { username: 'li', displayName: 'Linus', email: null, bot: false, disabled: true },
      { username: 'build', displayName: 'Build', email: null, bot: true, disabled: false },
      { username: 'visitor', displayName: 'Visitor from another team', email: null, bot: false, disabled: false },
      { username: 'guest', displayName: 'A Guest', email: null, bot: false, disabled: false },
      { username: 'Deploy-Bot', displayName: 'Deploy Bot', email: null, bot: true, disabled: false },
      { username: 'nameless-hook', displayName: 'nameless hook', email: null, bot: true, disabled: false },
    ])
    const channels = [...target.channels.values()].map(({ name, description, archived, createdAt, members }) => ({
      name,
      description,
      archived,
      createdAt,
      members: [...members].map((id) => target.usernameOf(id)),
    }))
    expect(channels).toEqual([
      {
        name: 'general',
        description: 'What concerns everybody',
        archived: false,
        createdAt: new Date(1_700_000_000_000),
        members: ['ada', 'grace.h'],
      },
      { name: 'old-plans', description: '', archived: true, createdAt: new Date(1_600_000_000_000), members: ['ada'] },
    ])
    expect(report.changed.unknownMembers).toBe(1)
  })

  test('renders every kind of markup', async () => {
    const target = new MemoryImportTarget()
    await run(handMadeExport(), target)
    const contents = contentsOf(target.messagesOf('general')).slice(0, MARKUP.length)
    expect(contents).toEqual(MARKUP.map(({ markdown }) => markdown))
  })

  test('keeps threads, edits, reactions, authors and times', async () => {
    const target = new MemoryImportTarget()
    const report = await run(handMadeExport(), target)
    const messages = target.messagesOf('general')
    const root = bySaying(messages, 'Shall we ship?')
    expect(root).toMatchObject({ externalId: '1700092801.000200', createdAt: new Date(1_700_092_801_000) })
    expect(root.threadExternalId).toBeUndefined()
    expect(root.reactions.map(({ emoji, userIds }) => [emoji, userIds.map((id) => target.usernameOf(id))])).toEqual([
      ['👍', ['grace.h', 'li', 'guest']],
      ['👋🏻', ['ada']],
      [':our-own-logo:', ['ada']],
    ])
    expect(bySaying(messages, 'Yes').threadExternalId).toBe(root.externalId)
    expect(bySaying(messages, 'Tell everybody').threadExternalId).toBe(root.externalId)
    expect(bySaying(messages, 'Edited').editedAt).toEqual(new Date(1_700_092_900_000))
    expect(bySaying(messages, 'A reply to what is gone').threadExternalId).toBeUndefined()
    expect(report.changed.repliesWithoutRoot).toBe(1)
    expect(target.usernameOf(bySaying(messages, 'I am in no list').userId)).toBe('guest')
    expect(target.usernameOf(bySaying(messages, '> [Build 7](https://ci.example.org/7)\n> all **green**').userId)).toBe(
      'build',
    )
    expect(target.usernameOf(bySaying(messages, 'Deployed').userId)).toBe('Deploy-Bot')
    expect(target.usernameOf(bySaying(messages, 'Hooked').userId)).toBe('nameless-hook')
    expect(contentsOf(messages)).toContain('_waves_')
    expect(contentsOf(messages)).toContain('From **blocks**😄@grace.h\n- [a link](https://example.org)')
  })

  test('names files without the key that opens them', async () => {
    const target = new MemoryImportTarget()
    const report = await run(handMadeExport(), target)
    const [withFiles = ''] = contentsOf(target.messagesOf('general')).filter((content) =>
      content.startsWith('The plan'),
    )
    expect(withFiles.split('\n')).toEqual([
      'The plan',
      '',
      'File: [The_plan](https://example.slack.com/files/U0ADA/F1/plan.pdf)',
      'File: [key.txt](https://files.slack.com/files-pri/T0-F2/key.txt)',
      '(a file that was deleted in Slack)',
    ])
    expect(report.leftOut.files).toBe(3)
  })

  test('tells messages of one time apart, and takes a repeated one once', async () => {
    const target = new MemoryImportTarget()
    const report = await run(handMadeExport(), target)
    const messages = target.messagesOf('general')
    expect(bySaying(messages, 'Same time, first').externalId).toBe('1700092814.001500')
    expect(bySaying(messages, 'Same time, second').externalId).toBe('1700092814.001500#2')
    expect(contentsOf(messages).filter((content) => content === 'Said once')).toHaveLength(1)
    expect(report.changed.messagesOfOneTime).toBe(1)
  })

  test('reports broken entries with file and line, and what is left out', async () => {
    const target = new MemoryImportTarget()
    const report = await run(handMadeExport(), target)
    const contents = contentsOf(target.messagesOf('general'))
    for (const kept of ['before the damage', 'after the damage', 'the last one']) expect(contents).toContain(kept)
    const { first, count } = report.problems
    expect(count).toBe(first.length)
    expect(first.filter(({ file }) => file === DAMAGED_FILE).map(({ line }) => line)).toEqual(BROKEN_LINES)
    expect(first.filter(({ file }) => file !== DAMAGED_FILE)).toEqual([
      {
        file: 'stray/',
        line: undefined,
        what: 'is in none of the lists of channels: its messages (1 day) are left out',
      },
      { file: 'general/2023-11-18.json', line: 1, what: 'is not JSON' },
    ])
    expect(Object.fromEntries(report.leftOut.messages.map(({ kind, count: n }) => [kind, n]))).toEqual(EXPECTED.leftOut)
    expect(report.leftOut.conversations).toEqual([
      { kind: 'private channel', count: 1, dayFiles: 1 },
      { kind: 'group conversation', count: 1, dayFiles: 1 },
      { kind: 'direct conversation', count: 1, dayFiles: 1 },
    ])
    const everything = [...contentsOf(target.messagesOf('general')), ...contentsOf(target.messagesOf('old-plans'))]
    expect(everything.join()).not.toMatch(/private word|direct word|among three|in no channel/)
    expect(report.channels).toEqual([
      { slackName: 'general', name: 'general', inserted: EXPECTED.general, known: 0 },
      { slackName: 'old-plans', name: 'old-plans', inserted: EXPECTED.oldPlans, known: 0 },
    ])
  })

  test('comes in once, however often it is imported', async () => {
    const target = new MemoryImportTarget()
    const first = await run(handMadeExport(), target)
    const people = target.people.size
    const second = await run(handMadeExport(), target)
    expect(second.messages).toEqual({ inserted: 0, known: first.messages.inserted })
    expect(target.people.size).toBe(people)
    expect(target.channels.size).toBe(2)
  })

  test('keeps its channels apart from another export, and mentions follow the names here', async () => {
    const target = new MemoryImportTarget()
    await run(handMadeExport(), target)
    const otherTeam = handMadeParts().map((part) => ({
      ...part,
      content: part.content.toString().replaceAll('T0HANDMADE', 'T0SECOND'),
    }))
    const report = await run(writeZip(otherTeam), target)
    expect(report.source).toBe('slack:T0SECOND')
    expect(report.channels.map(({ name }) => name)).toEqual(['general-2', 'old-plans-2'])
    const contents = contentsOf(target.messagesOf('general-2'))
    expect(contents[0]).toBe('Hello @grace.h-2 and @li-2!')
    expect(contents[2]).toBe('See #old-plans-2 and #gone')
  })

  test('without team ids gets the same source each time', async () => {
    const parts = handMadeParts().map((part) => ({
      ...part,
      content: part.content.toString().replaceAll('team_id', 'no_team'),
    }))
    const sources = [
      (await run(writeZip(parts), new MemoryImportTarget())).source,
      (await run(writeZip(parts.toReversed()), new MemoryImportTarget())).source,
    ]
    expect(sources[0]).toMatch(/^slack:export-[0-9a-f]{16}$/)
    expect(sources[1]).toBe(sources[0])
  })

  test('may lie in an outer folder', async () => {
    const parts = handMadeParts().map((part) => ({ ...part, name: `my export/${part.name}` }))
    const junk = { name: '__MACOSX/my export/._users.json', content: 'x' }
    const report = await run(writeZip([...parts, junk]), new MemoryImportTarget())
    expect(report.messages.inserted).toBe(EXPECTED.general + EXPECTED.oldPlans)
  })

  test('a day that cannot be unpacked is reported, and the rest comes in', async () => {
    const parts = handMadeParts().map((part) => (part.name === DAMAGED_FILE ? { ...part, claimedCrc32: 1 } : part))
    const report = await run(writeZip(parts), new MemoryImportTarget())
    expect(report.messages.inserted).toBe(EXPECTED.general + EXPECTED.oldPlans - 3)
    expect(report.problems.first).toContainEqual({
      file: DAMAGED_FILE,
      line: undefined,
      what: 'has another checksum than the archive says',
    })
  })
})

describe('an export that is refused writes nothing', () => {
  const cases: { name: string; change: () => Buffer; kind: string; message: RegExp }[] = [
    {
      name: 'no export',
      change: () => writeZip([{ name: 'holiday.txt', content: 'sun' }]),
      kind: 'not_an_export',
      message: /no channels\.json/,
    },
    {
      name: 'a list that is none',
      change: () => writeZip([{ name: 'channels.json', content: '{}' }]),
      kind: 'not_an_export',
      message: /channels\.json is not a list/,
    },
    {
      name: 'a day that is larger than it says',
      change: () =>
        writeZip(
          handMadeParts().map((part) =>
            part.name === 'old-plans/2020-09-13.json' ? { ...part, claimedBytes: 10 } : part,
          ),
        ),
      kind: 'too_large',
      message: /old-plans\/2020-09-13\.json.*zip bomb/,
    },
    {
      name: 'people that cannot be unpacked',
      change: () =>
        writeZip(handMadeParts().map((part) => (part.name === 'users.json' ? { ...part, claimedCrc32: 7 } : part))),
      kind: 'damaged_zip',
      message: /users\.json/,
    },
  ]
  test.each(cases)('$name', async ({ change, kind, message }) => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'export.zip')
    await writeFile(file, change())
    const target = new MemoryImportTarget()
    const result = await importSlackExport({ file, target })
    if (result.ok) throw new Error('was imported')
    expect(result.error.kind).toBe(kind)
    expect(result.error.message).toMatch(message)
    expect(result.error.message).not.toContain('\n')
    expect(target.people.size + target.channels.size).toBe(0)
  })
})

describe('an import that ends early', () => {
  const size = { messages: 5000, people: 30, days: 40 }

  test('stops between two batches when it is told to, and goes on when it is run again', async () => {
    const zip = generatedExport(size)
    const target = new MemoryImportTarget()
    const stop = new AbortController()
    let batches = 0
    target.beforeMessages = () => {
      if (++batches === 2) stop.abort()
    }
    const stopped = await run(zip, target, { signal: stop.signal })
    expect(stopped.stopped).toBe(true)
    expect(stopped.messages.inserted).toBe(2000)
    target.beforeMessages = () => undefined
    const resumed = await run(zip, target)
    expect(resumed).toMatchObject({ stopped: false, messages: { inserted: 3000, known: 2000 } })
    const straight = new MemoryImportTarget()
    await run(zip, straight)
    expect(target.messagesOf('general')).toEqual(straight.messagesOf('general'))
  })

  test('goes on after a failure of the target', async () => {
    const zip = generatedExport(size)
    const target = new MemoryImportTarget()
    let batches = 0
    target.beforeMessages = () => {
      if (++batches === 4) throw new Error('the database went away')
    }
    await expect(run(zip, target)).rejects.toThrow('the database went away')
    target.beforeMessages = () => undefined
    expect((await run(zip, target)).messages).toEqual({ inserted: 2000, known: 3000 })
  })
})

test('progress begins and ends each phase, and never goes back', async () => {
  const seen: ImportProgress[] = []
  await run(generatedExport({ messages: 3000, people: 10, days: 10 }), new MemoryImportTarget(), {
    onProgress: (progress) => seen.push(progress),
  })
  expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['check', 'people', 'channels', 'messages'])
  for (const phase of ['check', 'people', 'channels', 'messages']) {
    const done = seen.filter((progress) => progress.phase === phase)
    expect(done[0]?.done).toBe(0)
    expect(done.at(-1)?.done).toBe(done.at(-1)?.total)
    expect(done.map((progress) => progress.done)).toEqual(done.map((progress) => progress.done).sort((a, b) => a - b))
  }
  expect(seen.at(-1)?.messages).toBe(3000)
})

/** Two real exports, when they are at hand; otherwise generated ones of the same size, so that the test runs everywhere. */
describe('exports of the size of real ones', () => {
  const repository = fileURLToPath(new URL('../../../', import.meta.url))
  const folder = process.env['GLASSHOUSE_TEST_DATA'] ?? join(repository, '../shared/data')
  const exports = [
    { file: 'racket-slack-export.zip', messages: 16_466, people: 245, days: 520 },
    { file: 'clojurians-slack-export.zip', messages: 16_057, people: 633, days: 158 },
  ]
  const cases = exports.map((size) => {
    const path = join(folder, size.file)
    return { ...size, path, origin: existsSync(path) ? 'real' : 'generated' }
  })
  test.each(cases)('$file ($origin): all of it, in order, and nothing twice', async ({ path, origin, ...size }) => {
    const zip = origin === 'real' ? await readFile(path) : generatedExport(size)
    const target = new MemoryImportTarget()
    const report = await run(zip, target)
    expect(report.messages).toEqual({ inserted: size.messages, known: 0 })
    expect(report.problems).toEqual({ count: 0, first: [] })
    expect(target.people.size).toBe(size.people)
    for (const { name } of report.channels) {
      const times = target.messagesOf(name).map(({ createdAt }) => createdAt.getTime())
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    }
    expect((await run(zip, target)).messages).toEqual({ inserted: 0, known: size.messages })
  })
})
