/** A team's history comes in from a Slack export, whatever happens on the way. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BROKEN_LINES, DAMAGED_FILE, EXPECTED, handMadeExport } from '@glasshouse/server/testing/hand-made-export'
import { generatedExport } from '@glasshouse/server/testing/generated-export'
import { describe, expect, test } from 'vitest'
import { newPerson, rest } from './rest.ts'
import { dataFolder, runGlasshouse, startServer, type CommandResult, type Server } from './start-server.ts'

const DATA = process.env['GLASSHOUSE_TEST_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))

interface Message {
  readonly id: string
  readonly seq: number
  readonly content: string
  readonly username: string
  readonly timestamp: string
  readonly thread_id?: string
  readonly reply_count?: number
  readonly edited_at?: string
  readonly bot?: boolean
  readonly reactions?: readonly { readonly emoji: string; readonly count: number; readonly usernames: string[] }[]
}

async function importSlack(data: string, file: string): Promise<CommandResult> {
  await using command = runGlasshouse(['import', 'slack', file], { env: { GLASSHOUSE_DATA: data } })
  return await command.ended
}

async function channelNamed(server: Server, token: string, name: string): Promise<string | undefined> {
  const listed = await rest(server.url, 'GET', '/api/channels?limit=100', { token })
  return listed.body.items.find((channel: { name: string }) => channel.name === name)?.id
}

async function readWhole(server: Server, token: string, channelId: string): Promise<Message[]> {
  const messages: Message[] = []
  let cursor: string | null = null
  do {
    const path = `/api/channels/${channelId}/messages?limit=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
    const page = await rest(server.url, 'GET', path, { token })
    messages.push(...page.body.items)
    cursor = page.body.next
  } while (cursor !== null)
  return messages.toReversed()
}

/** The real export where there is one, else one of the same size. */
function exportFile(folder: string, export_: { name: string; messages: number; people: number; days: number }): string {
  const real = join(DATA, export_.name)
  if (existsSync(real)) return real
  const file = join(folder, export_.name)
  writeFileSync(file, generatedExport(export_))
  return file
}

const RACKET = { name: 'racket-slack-export.zip', messages: 16_466, people: 245, days: 520 }
const CLOJURIANS = { name: 'clojurians-slack-export.zip', messages: 16_057, people: 633, days: 158 }

describe('an export of a real size', () => {
  test('comes in whole into a stopped Glasshouse, and not twice', async () => {
    await using data = await dataFolder()
    const file = exportFile(data.path, RACKET)
    const first = await importSlack(data.path, file)
    expect(first, first.stderr).toMatchObject({ code: 0 })
    expect(first.stdout).toContain('16,466 messages imported')
    const second = await importSlack(data.path, file)
    expect(second.stdout).toContain('0 messages imported, 16,466 already here')

    await using server = await startServer({ data: data.path })
    const { token } = await newPerson(server.url, 'reading-everything')
    const messages = await readWhole(server, token, (await channelNamed(server, token, 'general')) ?? '')
    expect(messages).toHaveLength(RACKET.messages)
    expect(new Set(messages.map(({ id }) => id)).size).toBe(RACKET.messages)
    const times = messages.map(({ timestamp }) => timestamp)
    expect(times).toEqual(times.toSorted())
    // Slack's own markup is gone from all of them.
    expect(
      messages.filter(({ content }) => /<@U[A-Z0-9]+|&amp;|&lt;(?!\w+;)/.test(content.replace(/`[^`]*`/g, ''))),
    ).toEqual([])
  })

  test('comes in whole into a running one, though the command is killed half way', async () => {
    await using server = await startServer()
    const file = exportFile(server.data, CLOJURIANS)
    const { token } = await newPerson(server.url, 'watching-it')
    const channelName = existsSync(join(DATA, CLOJURIANS.name)) ? 'clojure' : 'general'

    let head = 0
    {
      await using command = runGlasshouse(['import', 'slack', file], { env: { GLASSHOUSE_DATA: server.data } })
      for (let channelId: string | undefined; head < 2_000;) {
        channelId ??= await channelNamed(server, token, channelName)
        if (channelId !== undefined)
          head = (await rest(server.url, 'GET', `/api/channels/${channelId}`, { token })).body.seq
      }
      command.kill('SIGKILL')
      expect((await command.ended).signal).toBe('SIGKILL')
    }
    const channelId = (await channelNamed(server, token, channelName)) ?? ''
    const before = await readWhole(server, token, channelId)
    expect(before.length).toBeGreaterThan(0)
    expect(before.length).toBeLessThan(CLOJURIANS.messages)

    const again = await importSlack(server.data, file)
    expect(again, again.stderr).toMatchObject({ code: 0 })
    const after = await readWhole(server, token, channelId)
    expect(after).toHaveLength(CLOJURIANS.messages)
    expect(new Set(after.map(({ id }) => id)).size).toBe(CLOJURIANS.messages)
    expect(after.slice(0, before.length).map(({ id }) => id)).toEqual(before.map(({ id }) => id))
  })
})

describe('an export with one of everything', () => {
  test('threads, edits, reactions and bots are there to read; what was left out or broken is reported', async () => {
    await using server = await startServer()
    // Somebody has a name that the export wants too.
    await newPerson(server.url, 'ada')
    const file = join(server.data, 'export.zip')
    writeFileSync(file, handMadeExport())
    const { code, stdout } = await importSlack(server.data, file)
    expect(code).toBe(0)
    for (const line of BROKEN_LINES) expect(stdout).toContain(`${DAMAGED_FILE}:${line}:`)
    for (const kind of ['1 private channel', '1 group conversation', '1 direct conversation'])
      expect(stdout).toContain(kind)

    const { token } = await newPerson(server.url, 'reader')
    expect(await channelNamed(server, token, 'secret')).toBeUndefined()
    const channelId = (await channelNamed(server, token, 'general')) ?? ''
    const messages = await readWhole(server, token, channelId)
    expect(messages).toHaveLength(EXPECTED.general)
    const find = (content: string): Message => {
      const found = messages.find((message) => message.content === content)
      if (found === undefined) throw new Error(`no message ${content}`)
      return found
    }

    const root = find('Shall we ship?')
    expect(root).toMatchObject({ username: 'ada-2', reply_count: 2, timestamp: '2023-11-16T00:00:01.000Z' })
    expect(root.reactions?.find(({ emoji }) => emoji === '👍')).toMatchObject({ count: 3 })
    const thread = await rest(server.url, 'GET', `/api/channels/${channelId}/messages/${root.id}/thread`, { token })
    expect(thread.body.root.id).toBe(root.id)
    expect(thread.body.items.map(({ content }: Message) => content)).toEqual(['Yes', 'Tell everybody'])
    expect(find('Edited').edited_at).toBe('2023-11-16T00:01:40.000Z')
    expect(find('Deployed').bot).toBe(true)
    expect(find('').content).toBe('')
    expect(find('Hello @grace.h and @li!').username).toBe('ada-2')
    expect(stdout).not.toContain('private word')
  })

  test('an imported person is let in by the operator, and is themselves', async () => {
    await using data = await dataFolder()
    const file = join(data.path, 'export.zip')
    writeFileSync(file, handMadeExport())
    await importSlack(data.path, file)
    await using server = await startServer({ data: data.path })
    const signIn = (password: string) =>
      rest(server.url, 'POST', '/api/users/login', { body: { username: 'ada', password } })
    expect((await signIn('a very quiet morning')).status).toBe(401)

    await using command = runGlasshouse(['user', 'password', 'ada'], {
      env: { GLASSHOUSE_DATA: data.path },
      input: 'a very quiet morning\n',
    })
    expect(await command.ended).toMatchObject({ code: 0 })
    const signedIn = await signIn('a very quiet morning')
    expect(signedIn.body.user).toMatchObject({ username: 'ada', role: 'user' })

    const channelId = (await channelNamed(server, signedIn.body.token, 'general')) ?? ''
    const posted = await rest(server.url, 'POST', `/api/channels/${channelId}/messages`, {
      token: signedIn.body.token,
      body: { content: 'I am back' },
    })
    expect(posted).toMatchObject({ status: 201, body: { user_id: signedIn.body.user.id } })
  })
})

describe('what is no export', () => {
  test.for<readonly [what: string, bytes: Buffer]>([
    ['no zip', Buffer.from('this is no zip')],
    ['a truncated zip', handMadeExport().subarray(0, 3_000)],
    ['an empty file', Buffer.alloc(0)],
  ])('%s is refused in one line', async ([, bytes]) => {
    await using data = await dataFolder()
    const file = join(data.path, 'export.zip')
    writeFileSync(file, bytes)
    const { code, stdout, stderr } = await importSlack(data.path, file)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toContain('export.zip')
    // Nothing was made for it.
    expect(readdirSync(data.path)).toEqual(['export.zip'])
  })

  test('so is a file that is not there', async () => {
    await using data = await dataFolder()
    const { code, stderr } = await importSlack(data.path, join(data.path, 'nowhere.zip'))
    expect(code).toBe(1)
    expect(stderr).toContain('nowhere.zip')
  })
})
