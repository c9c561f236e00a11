/** SPEC.md's rules are cited by number. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LiveConnection, type LiveConnectionOptions } from './live-connection.ts'
import { change, CHANNEL, LivePeer, replay, STREAM, subscribed, USER, type PeerSocket } from './live-peer.contract.ts'
import type { LiveSubscription } from './live-types.ts'
import { TabBrowser, type BrowserTab } from './tab-browser.contract.ts'

let peer: LivePeer
let browser: TabBrowser
const pages: Page[] = []
const until = <Value>(check: () => Value): Promise<Value> => vi.waitFor(check, { timeout: 4_000, interval: 2 })

beforeEach(async () => {
  peer = await LivePeer.start()
  browser = new TabBrowser()
})
afterEach(async () => {
  for (const { live, tab } of pages.splice(0)) {
    tab.resume()
    live.close()
    tab.crash()
  }
  await peer[Symbol.asyncDispose]()
})

interface Page {
  readonly tab: BrowserTab
  readonly live: LiveConnection
  readonly seqs: number[]
  readonly resets: number[]
  readonly errors: string[]
  follow(after?: number): LiveSubscription
  leave(): void
}

const HASTY = { visiblePingMs: 20, hiddenPingMs: 40, hurriedPingMs: 10, settleMs: 5 }

function open(options: Partial<LiveConnectionOptions> = {}, name = 'ann', timings = HASTY): Page {
  const tab = browser.open()
  const live = new LiveConnection({
    ...tab.options,
    url: peer.url,
    backoffMs: { min: 1, max: 4 },
    share: { name, platform: tab.platform, timings },
    ...options,
  })
  let subscription: LiveSubscription | undefined
  const page: Page = {
    tab,
    live,
    seqs: [],
    resets: [],
    errors: [],
    leave: () => subscription?.unsubscribe(),
    follow: (after) =>
      (subscription = live.subscribe(STREAM, {
        ...(after === undefined ? {} : { after }),
        onChanges: (changes) => page.seqs.push(...changes.map(({ changed_seq: seq }) => seq)),
        onReset: (seq) => page.resets.push(seq),
        onError: ({ code }) => page.errors.push(code),
      })),
  }
  pages.push(page)
  live.connect()
  return page
}

const isLive = (page: Page): Promise<void> => until(() => expect(page.live.state).toBe('live'))

/** The first leads; all follow from 0 and are caught up. */
async function openFollowing(count: number): Promise<{ tabs: Page[]; first: Page; last: Page; socket: PeerSocket }> {
  const tabs: Page[] = []
  for (let opened = 0; opened < count; opened++) {
    const page = open()
    await isLive(page)
    const subscription = page.follow(0)
    const socket = await peer.socket(0)
    await socket.wait('subscribe', opened + 1)
    socket.send(replay(0), subscribed(0))
    await until(() => expect(subscription.state).toBe('live'))
    tabs.push(page)
  }
  const [first, last] = [tabs[0], tabs.at(-1)]
  if (first === undefined || last === undefined) throw new Error('a tab at least is to be opened')
  return { tabs, first, last, socket: await peer.socket(0) }
}

describe('one connection', () => {
  test('B1: twenty tabs have one socket, and all see what comes', async () => {
    const { tabs, first, last, socket } = await openFollowing(20)
    socket.send(change(1), change(2))
    for (const { seqs } of tabs) await until(() => expect(seqs).toEqual([1, 2]))
    expect(peer.sockets).toHaveLength(1)
    expect([first.live.stats.follows, last.live.stats.follows]).toEqual([false, true])
    await until(() => expect(tabs.map(({ live }) => live.stats.tabs)).toEqual(tabs.map(() => 20)))
    expect(last.live.stats.sessionId).toBe(first.live.stats.sessionId)
  })

  test('B1: another name shares with none of them', async () => {
    await isLive(open())
    await isLive(open({}, 'bea'))
    expect(peer.sockets).toHaveLength(2)
  })

  test('B1: the token is asked for once', async () => {
    const token = vi.fn<() => string>(() => 'a.b.c')
    await isLive(open({ token }))
    await isLive(open({ token }))
    expect(token).toHaveBeenCalledTimes(1)
  })

  test('B1: outside of a browser each connection is its own', async () => {
    await isLive(open({ share: { name: 'ann' } }))
    await isLive(open({ share: { name: 'ann' } }))
    expect(peer.sockets).toHaveLength(2)
  })

  test('B2: the stream is left when the last tab leaves it', async () => {
    const { first, last, socket } = await openFollowing(2)
    last.live.close()
    await until(() => expect(first.live.stats.tabs).toBe(1))
    expect(socket.all('unsubscribe')).toEqual([])
    first.leave()
    expect(await socket.wait('unsubscribe')).toEqual([{ type: 'unsubscribe', stream: STREAM }])
  })

  test('B6: signing out closes it in all tabs', async () => {
    const { tabs, socket } = await openFollowing(3)
    socket.close(4401)
    for (const { live } of tabs) {
      await until(() => expect(live.status).toMatchObject({ state: 'closed', reason: 'signed_out' }))
    }
    expect(peer.sockets).toHaveLength(1)
  })

  test('L16: greeted as somebody else, it closes: signed out', async () => {
    const hers = open({ userId: 'somebody else' })
    await until(() => expect(hers.live.status).toMatchObject({ state: 'closed', reason: 'signed_out' }))
    await isLive(open({ userId: USER }, 'bea'))
  })
})

describe('streams of several tabs', () => {
  test('B3: after a cut those who ask from the same place or beyond are served by one replay', async () => {
    const { tabs, socket } = await openFollowing(4)
    socket.send(change(1), change(2))
    for (const { seqs } of tabs) await until(() => expect(seqs).toEqual([1, 2]))
    socket.cut()
    const second = await peer.socket(1)
    expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 2 }])
    // One that comes in later, from further on.
    const late = open()
    await isLive(late)
    late.follow(3)
    // What a tab says arrives in its order: so the server has what was asked before.
    void late.live.sendMessage({ channel_id: CHANNEL, content: 'Here I am' })
    await second.wait('send_message')
    second.send(replay(2), change(3), change(4), subscribed(4))
    for (const { seqs } of tabs) await until(() => expect(seqs).toEqual([1, 2, 3, 4]))
    await until(() => expect(late.seqs).toEqual([4]))
    expect(second.all('subscribe')).toHaveLength(1)
  })

  test('B3: one that lacks more is asked for on its own, and the others take no harm', async () => {
    const { first, socket } = await openFollowing(1)
    socket.send(change(1), change(2))
    await until(() => expect(first.seqs).toEqual([1, 2]))
    const behind = open()
    await isLive(behind)
    behind.follow(0)
    await socket.wait('subscribe', 2)
    socket.send(replay(0), change(1), change(2), subscribed(2), change(3))
    for (const { seqs } of [first, behind]) await until(() => expect(seqs).toEqual([1, 2, 3]))
  })

  test('B3: a reset is for whoever asked; the others look whether they miss something', async () => {
    const { first, socket } = await openFollowing(1)
    socket.send(change(1))
    await until(() => expect(first.seqs).toEqual([1]))
    const behind = open()
    await isLive(behind)
    behind.follow(0)
    await socket.wait('subscribe', 2)
    socket.send({ type: 'reset', stream: STREAM, seq: 3 })
    await until(() => expect(behind.resets).toEqual([3]))
    expect((await socket.wait('subscribe', 3)).at(2)).toEqual({ type: 'subscribe', stream: STREAM, after: 1 })
    socket.send(replay(1), change(2), change(3), subscribed(3))
    await until(() => expect(first.seqs).toEqual([1, 2, 3]))
    expect([first.resets, behind.seqs]).toEqual([[], []])
  })

  test('B3: a refusal ends it in all tabs', async () => {
    const { tabs, socket } = await openFollowing(2)
    socket.send({ type: 'error', code: 'channel.not_found', message: 'Gone.', stream: STREAM })
    for (const { errors } of tabs) await until(() => expect(errors).toEqual(['channel.not_found']))
    expect(socket.all('unsubscribe')).toEqual([])
  })
})

describe('messages of several tabs', () => {
  const clientId = '0197a5c0-0000-7000-8000-0000000000c1'
  const message = { channel_id: CHANNEL, content: 'Hello', client_id: clientId }
  const ack = { type: 'ack' as const, client_id: clientId, id: USER, seq: 7, timestamp: '', status: 'visible' as const }

  test('B4: the same message of two tabs goes out once, and both hear of it', async () => {
    const { first, last, socket } = await openFollowing(2)
    const answers = [first, last].map(({ live }) => live.sendMessage(message))
    void last.live.sendMessage({ channel_id: CHANNEL, content: 'And another' })
    const sent = await socket.wait('send_message', 2)
    expect(sent.map(({ content }) => content)).toEqual(['Hello', 'And another'])
    socket.send(ack)
    for (const answer of answers) expect(await answer).toMatchObject({ ok: true, value: { seq: 7 } })
  })

  test('B4: what a leader that is gone left unanswered is sent again by the next, with the same client_id', async () => {
    const { first, last, socket } = await openFollowing(2)
    const answer = last.live.sendMessage(message)
    const [sent] = await socket.wait('send_message')
    first.tab.crash()
    const second = await peer.socket(1)
    expect(await second.wait('send_message')).toEqual([sent])
    second.send(ack)
    expect(await answer).toMatchObject({ ok: true, value: { client_id: clientId, seq: 7 } })
  })

  test('B4: a refusal reaches the tab that sent', async () => {
    const { last, socket } = await openFollowing(2)
    const answer = last.live.sendMessage(message)
    await socket.wait('send_message')
    socket.send({ type: 'error', code: 'message.rate_limited', message: 'Wait.', client_id: clientId })
    expect(await answer).toMatchObject({ ok: false, error: { code: 'message.rate_limited' } })
  })
})

describe('handing over', () => {
  test.each(['close', 'crash'] as const)('B5: after a %s the next tab goes on with the session', async (how) => {
    peer.restore = () => [{ stream: STREAM, seq: 1 }]
    const { first, last, socket } = await openFollowing(3)
    socket.send(change(1))
    await until(() => expect(last.seqs).toEqual([1]))
    first.tab[how]()
    const second = await peer.socket(1)
    expect(second.askedSession).toBe(socket.session)
    second.send(replay(1), change(2), subscribed(2))
    for (const { seqs } of pages.filter((page) => page !== first)) await until(() => expect(seqs).toEqual([1, 2]))
    expect([second.all('subscribe'), second.all('unsubscribe')]).toEqual([[], []])
    await until(() => expect(socket.open).toBe(false))
  })

  test.each([true, false])(
    'B5: a frozen leader is replaced, and follows when it goes on (announced: %s)',
    async (told) => {
      const { first, last, socket } = await openFollowing(2)
      first.tab.freeze(told)
      const second = await peer.socket(1)
      expect(await second.wait('subscribe')).toEqual([{ type: 'subscribe', stream: STREAM, after: 0 }])
      second.send(replay(0), change(1), subscribed(1))
      await until(() => expect(last.seqs).toEqual([1]))
      first.tab.resume()
      await second.wait('subscribe', 2)
      second.send(replay(0), change(1), subscribed(1), change(2))
      for (const { seqs } of [first, last]) await until(() => expect(seqs).toEqual([1, 2]))
      await until(() => expect([socket.open, second.open]).toEqual([false, true]))
      expect([first.live.stats.follows, last.live.stats.follows]).toEqual([true, false])
    },
  )

  test('B5: one that goes on and still takes itself for the leader leads nobody astray', async () => {
    const { first, socket } = await openFollowing(2)
    first.tab.freeze(false)
    // It asks for who leads, and the one that is frozen hears that when it goes on.
    const patient = { visiblePingMs: 500, hiddenPingMs: 500, hurriedPingMs: 500, settleMs: 5 }
    const newcomer = open({}, 'ann', patient)
    const second = await peer.socket(1)
    await isLive(newcomer)
    const states: string[] = []
    newcomer.live.onState(({ state }) => states.push(state))
    first.tab.resume()
    await until(() => expect([first.live.state, first.live.stats.follows, socket.open]).toEqual(['live', true, false]))
    expect(states.filter((state) => state !== 'live')).toEqual([])
    expect(newcomer.live.state).toBe('live')
    expect([second.open, peer.sockets.length]).toEqual([true, 2])
  })

  test('B7: a tab that takes nothing is let go, and is complete when it goes on', async () => {
    const { last, socket } = await openFollowing(2)
    last.tab.freeze(false)
    const count = 2_200
    for (let seq = 1; seq <= count; seq++) socket.send(change(seq))
    await until(() => expect(pages[0]?.seqs).toHaveLength(count))
    last.tab.resume()
    const asked = await socket.wait('subscribe', 3)
    const after = asked[2]?.after ?? 0
    expect(after).toBeGreaterThan(2_000)
    socket.send(replay(after))
    for (let seq = after + 1; seq <= count; seq++) socket.send(change(seq))
    socket.send(subscribed(count))
    await until(() => expect(last.seqs).toEqual(Array.from({ length: count }, (_, index) => index + 1)))
  })
})
