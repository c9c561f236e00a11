/** Polls, threads that are followed, groups and permalinks in the browser, in windows that look at the same time. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFaults } from './axe-faults.ts'
import { launchBrowser, newWindow, PHONE } from './browser.ts'
import { composer, isLive, message, openChat, openPage, settled, windowOf } from './chat-page.ts'
import { newChannel, newPerson, rest, type Person } from './rest.ts'
import { startServer, type Server } from './start-server.ts'

let server: Server
let browser: Browser
let ann: Person
let ben: Person
const ADMIN = { username: 'keeper', email: 'keeper@example.test', password: 'keeper has a long password' }
beforeAll(async () => {
  const settings = {
    LOBBY_ACCESS: 'read',
    GLASSHOUSE_ADMIN_USERNAME: ADMIN.username,
    GLASSHOUSE_ADMIN_EMAIL: ADMIN.email,
    GLASSHOUSE_ADMIN_PASSWORD: ADMIN.password,
  }
  ;[server, browser] = await Promise.all([startServer({ settings }), launchBrowser()])
  ann = await newPerson(server.url, 'ann')
  ben = await newPerson(server.url, 'ben')
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function say(person: Person, channelId: string, content: string, more: object = {}): Promise<{ id: string }> {
  const path = `/api/channels/${channelId}/messages`
  const sent = await rest(server.url, 'POST', path, { token: person.token, body: { content, ...more } })
  expect(sent.status).toBe(201)
  return sent.body
}

describe('polls', () => {
  test('one asks from the composer, by keyboard; both vote, see it live, and a reload shows the same', async () => {
    const channelId = await newChannel(server.url, ann.token, 'asking')
    const faults: string[] = []
    await using annWindow = await windowOf(browser, server.url, ann)
    await using benWindow = await windowOf(browser, server.url, ben, { viewport: PHONE })
    const [left, right] = [await openPage(annWindow, faults), await openPage(benWindow, faults)]
    await Promise.all([openChat(left, channelId), openChat(right, channelId)])

    await left.getByRole('button', { name: 'Poll' }).press('Enter')
    const dialog = left.getByRole('dialog', { name: 'Ask the channel' })
    await dialog.getByLabel('Question').fill('When do we meet?')
    await dialog.getByRole('textbox', { name: 'Answer 1' }).fill('Monday')
    await dialog.getByRole('textbox', { name: 'Answer 2' }).fill(' Monday ')
    await dialog.getByRole('button', { name: 'One more answer' }).press('Enter')
    await left.keyboard.type('Tuesday')
    expect(await axeFaults(left), 'the dialog').toEqual([])
    await left.keyboard.press('Enter')
    // Two answers must differ: the server's word stands in the dialog, and what was typed stays.
    await dialog.getByRole('alert').waitFor()
    await expect.poll(() => dialog.getByRole('textbox', { name: 'Answer 2' }).getAttribute('aria-invalid')).toBe('true')
    await dialog.getByRole('textbox', { name: 'Answer 2' }).fill('Friday')
    await left.keyboard.press('Enter')
    await expect.poll(() => dialog.isVisible()).toBe(false)

    const poll = (page: Page) => page.getByTestId('message').getByRole('group', { name: 'When do we meet?' })
    const option = (page: Page, text: string) => poll(page).getByRole('button', { name: text })
    await option(left, 'Tuesday').press('Space')
    await option(right, 'Tuesday').getByText('1', { exact: true }).waitFor()
    expect(await option(right, 'Tuesday').getAttribute('aria-pressed')).toBe('false')
    await option(right, 'Tuesday').click()
    await option(left, 'Tuesday').getByText('2', { exact: true }).waitFor()
    expect(await option(left, 'Tuesday').getAttribute('title')).toBe('ann, ben')
    // Of a poll for one answer the vote moves.
    await option(right, 'Monday').click()
    await poll(left).getByText('2 people voted').waitFor()
    await option(left, 'Tuesday').getByText('1', { exact: true }).waitFor()
    expect(await axeFaults(left), 'a poll').toEqual([])
    expect(await axeFaults(right), 'a poll on a phone').toEqual([])
    await right.reload()
    await settled(right)
    await expect.poll(() => option(right, 'Monday').getAttribute('aria-pressed')).toBe('true')
    expect(faults).toEqual([])
  })

  test('an anonymous one names nobody, and knows its own votes after a reload', async () => {
    const channelId = await newChannel(server.url, ann.token, 'secretly')
    const poll = { question: 'Which?', options: ['this', 'that'], multiple: true, anonymous: true }
    await say(ann, channelId, 'Which?', { poll })
    await using window = await windowOf(browser, server.url, ben)
    const page = await openPage(window)
    await openChat(page, channelId)
    const group = page.getByTestId('message').getByRole('group', { name: 'Which?' })
    await group.getByRole('button', { name: 'this' }).click()
    await group.getByRole('button', { name: 'this', pressed: true }).waitFor()
    await group.getByRole('button', { name: 'that' }).click()
    await group.getByText('1 person voted').waitFor()
    await group.getByText('nobody sees who voted for what').waitFor()
    await expect
      .poll(async () => {
        const path = `/api/channels/${channelId}/messages?limit=1`
        return (await rest(server.url, 'GET', path, { token: ann.token })).body.items[0].poll.options
      })
      .toMatchObject([{ votes: 1 }, { votes: 1 }])
    await page.reload()
    await settled(page)
    await expect.poll(() => group.getByRole('button', { pressed: true }).count()).toBe(2)
    expect(await group.innerText()).not.toContain('ben')
  })

  test('without script it stands in the page with its counts, and one votes by a form, in the channel and in a thread', async () => {
    const channelId = await newChannel(server.url, ann.token, 'plainly')
    const poll = { question: 'Which way?', options: ['left', 'right'], multiple: false }
    const root = await say(ann, channelId, 'Which way?', { poll })
    await say(ann, channelId, 'a reply', { thread_id: root.id })
    const path = `/api/channels/${channelId}/messages/${root.id}/poll/votes`
    await rest(server.url, 'PUT', path, { token: ann.token, body: { options: [1] } })
    const votes = async () => (await rest(server.url, 'GET', path, { token: ben.token })).body.options
    await using window = await windowOf(browser, server.url, ben, { viewport: PHONE, javaScriptEnabled: false })
    const page = await openPage(window)
    await page.goto(`${server.url}/chat/${channelId}`)
    const form = page.getByRole('group', { name: 'Which way?' })
    expect(await page.getByTestId('message').first().innerText()).toMatch(/^[^?]*Which way\?[^?]*$/)
    expect(await form.innerText()).toMatch(/left\s+0 votes\s+right\s+1 vote\s/)
    await form.getByRole('radio', { name: /left/ }).check()
    await form.getByRole('button', { name: 'Vote' }).click()
    await form.getByRole('radio', { name: /left/, checked: true }).waitFor()
    expect(await form.innerText()).toMatch(/left\s+1 vote\s+right\s+1 vote\s/)
    expect(await votes()).toEqual([0])

    await page.goto(`${server.url}/chat/${channelId}?thread=${root.id}`)
    const inThread = page.getByRole('region', { name: 'Thread' }).getByRole('group', { name: 'Which way?' })
    await inThread.getByRole('button', { name: 'Take my vote back' }).click()
    await expect.poll(() => inThread.innerText()).toMatch(/left\s+0 votes\s/)
    expect(new URL(page.url()).searchParams.get('thread')).toBe(root.id)
    expect(await votes()).toEqual([])
    await rest(server.url, 'DELETE', `/api/channels/${channelId}`, { token: ann.token })
    await inThread.getByRole('radio', { name: /right/ }).check()
    await inThread.getByRole('button', { name: 'Vote' }).click()
    await expect.poll(() => inThread.getByRole('alert').innerText()).toMatch(/archived/)
    expect(await votes()).toEqual([])
  })

  test('one that ends does so before one’s eyes', async () => {
    const channelId = await newChannel(server.url, ann.token, 'ending')
    const poll = { question: 'Now?', options: ['yes', 'no'], ends_at: new Date(Date.now() + 8_000).toISOString() }
    await say(ann, channelId, 'Now?', { poll })
    await using window = await windowOf(browser, server.url, ben)
    const page = await openPage(window)
    await openChat(page, channelId)
    const group = page.getByTestId('message').getByRole('group', { name: 'Now?' })
    await group.getByTestId('poll-ended').waitFor()
    expect(await group.getByRole('button', { name: 'yes' }).isDisabled()).toBe(true)
  })
})

/** What is shown at once, the server has too. */
async function follows(channelId: string, messageId: string, following: boolean): Promise<void> {
  const path = `/api/channels/${channelId}/messages/${messageId}/thread`
  const read = () => rest(server.url, 'GET', path, { token: ben.token })
  await expect.poll(async () => (await read()).body.following).toBe(following)
}

describe('threads', () => {
  test('are followed and left in their panel, listed with what is new, and grow before one’s eyes', async () => {
    const channelId = await newChannel(server.url, ann.token, 'threads')
    const root = await say(ann, channelId, 'Where do we go?')
    await say(ann, channelId, 'To the sea', { thread_id: root.id })
    await using window = await windowOf(browser, server.url, ben)
    const page = await openPage(window)
    await page.goto(`${server.url}/chat/threads`)
    await page.getByText('You follow no thread yet.').waitFor()
    await rest(server.url, 'PUT', `/api/channels/${channelId}/members/me`, { token: ben.token })

    await openChat(page, `${channelId}?thread=${root.id}`)
    const thread = page.getByRole('region', { name: 'Thread' })
    await thread.getByRole('button', { name: 'Follow' }).press('Enter')
    await thread.getByRole('button', { name: 'Following', pressed: true }).waitFor()
    await follows(channelId, root.id, true)
    await page.goto(`${server.url}/chat/threads`)
    const entry = page.getByRole('article', { name: /ann in # threads/ })
    await entry.getByText('Where do we go?').waitFor()
    await isLive(page)
    await say(ann, channelId, 'Or to the hills', { thread_id: root.id })
    await entry.getByText('2 replies').waitFor()
    await entry.getByTestId('unread-replies').waitFor()
    expect(await axeFaults(page), 'the threads').toEqual([])
    await entry.getByRole('link', { name: '2 replies' }).click()
    await thread.getByText('Or to the hills').waitFor()

    // Left; and answering does not bring it back against one's will.
    await thread.getByRole('button', { name: 'Following' }).click()
    await thread.getByRole('button', { name: 'Follow', exact: true }).waitFor()
    await follows(channelId, root.id, false)
    await page.goto(`${server.url}/chat/threads`)
    await page.getByText('You follow no thread yet.').waitFor()
  })

  test('who answers follows, and it is seen at once', async () => {
    const channelId = await newChannel(server.url, ann.token, 'answers')
    const root = await say(ann, channelId, 'Who comes?')
    await using window = await windowOf(browser, server.url, ben)
    const page = await openPage(window)
    await openChat(page, `${channelId}?thread=${root.id}`)
    const thread = page.getByRole('region', { name: 'Thread' })
    await thread.getByRole('button', { name: 'Follow', exact: true }).waitFor()
    await thread.getByRole('textbox', { name: 'Reply' }).fill('I do')
    await thread.getByRole('textbox', { name: 'Reply' }).press('Enter')
    const button = thread.getByRole('button', { name: 'Following' })
    await expect.poll(() => button.getAttribute('aria-pressed'), { timeout: 20_000 }).toBe('true')
  })
})

test('a group is found by its name while one writes', async () => {
  const channelId = await newChannel(server.url, ann.token, 'groups')
  const { username, password } = ADMIN
  const { body } = await rest(server.url, 'POST', '/api/users/login', { body: { username, password } })
  const group = { name: 'designers', description: 'who draw', members: [ben.id] }
  expect((await rest(server.url, 'POST', '/api/groups', { token: body.token, body: group })).status).toBe(201)
  await using window = await windowOf(browser, server.url, ann)
  const page = await openPage(window)
  await openChat(page, channelId)
  await composer(page).pressSequentially('ask @desi')
  await page.getByRole('option', { name: '@designers who draw · 1 person' }).waitFor()
  await page.keyboard.press('Enter')
  await expect.poll(() => composer(page).inputValue()).toBe('ask @designers ')
  await page.keyboard.press('Enter')
  await message(page, 'ask @designers').waitFor()
})

test('a visitor opens the address of a message: one of the Lobby is there, of any other they are asked to sign in', async () => {
  const lobby = (await rest(server.url, 'GET', '/api/site')).body.lobby.id
  const open = await say(ann, lobby, 'anybody may read this')
  const closed = await say(ann, await newChannel(server.url, ann.token, 'inside'), 'not this')
  await using window = await newWindow(browser)
  const page = await openPage(window)
  await page.goto(`${server.url}/m/${open.id}`)
  await message(page, 'anybody may read this').waitFor()
  expect(new URL(page.url()).pathname).toBe(`/chat/${lobby}`)
  await page.goto(`${server.url}/m/${closed.id}`)
  expect(new URL(page.url())).toMatchObject({ pathname: '/sign-in', search: `?next=%2Fm%2F${closed.id}` })
  expect(await page.content()).not.toContain('not this')
})
