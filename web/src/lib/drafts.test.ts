import { ok, err } from '@glasshouse/kernel'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TextStore } from './browser-store.ts'
import { draftKey } from './draft-key.ts'
import { Drafts, type DraftsOptions } from './drafts.ts'

const USER = '0197a5c0-0000-7000-8000-00000000000a'
const PLACE = { channelId: '0197a5c0-0000-7000-8000-000000000001' }
const KEY = draftKey(USER, PLACE)
const REST_MS = 100

/** The server's rules, for one place, with what it tells. */
class Server {
  content = ''
  version = 0
  isAway = false
  puts = 0
  readonly devices: Device[] = []

  readonly api: DraftsOptions['api'] = {
    listDrafts: async () => {
      if (this.isAway) return gone()
      const items = this.content === '' ? [] : [this.#draft()]
      return ok({ items, stream: `user:${USER}`, seq: this.version })
    },
    putDraft: async ({ body }) => {
      if (this.isAway) return gone()
      this.puts++
      const { content, version } = body
      if (content !== this.content) {
        if (this.content !== '' && version !== this.version) {
          const refused = { status: 409, code: 'draft.changed', message: '' }
          return err(refused as never)
        }
        this.content = content
        this.version++
        const change = { type: 'draft_changed', stream: `user:${USER}`, changed_seq: this.version, ...this.#draft() }
        for (const device of this.devices) if (!device.isAway) device.drafts.apply([change as never])
      }
      return ok(this.#draft())
    },
  }

  #draft() {
    const { content, version } = this
    return { channel_id: PLACE.channelId, content, version, updated_at: '2026-11-21T12:00:00.000Z' }
  }
}

const gone = () => err({ status: 0, code: 'client.network', message: 'away' } as never)

class Device {
  readonly texts = new Map<string, string>()
  readonly store: TextStore = {
    read: (key) => this.texts.get(key) ?? null,
    write: (key, value) => void (value === null ? this.texts.delete(key) : this.texts.set(key, value)),
    keys: (prefix) => [...this.texts.keys()].filter((key) => key.startsWith(prefix)),
    watch: () => () => {},
  }
  readonly drafts: Drafts
  shown = ''
  isBusy = false
  isAway = false

  constructor(server: Server, texts?: ReadonlyMap<string, string>) {
    for (const [key, text] of texts ?? []) this.texts.set(key, text)
    this.drafts = new Drafts({ userId: USER, api: server.api, store: this.store, restMs: REST_MS })
    server.devices.push(this)
  }

  async open(): Promise<this> {
    this.shown = this.store.read(KEY) ?? ''
    this.drafts.start()
    this.drafts.attach(PLACE, { take: (text) => (this.shown = text), isBusy: () => this.isBusy })
    await rest()
    return this
  }

  type(text: string, now = false): void {
    this.shown = text
    this.store.write(KEY, text === '' ? null : text)
    this.drafts.edited(PLACE, now)
  }
}

const rest = (times = 1) => vi.advanceTimersByTimeAsync(REST_MS * times + 1)

let server: Server
beforeEach(() => {
  vi.useFakeTimers()
  server = new Server()
})
afterEach(() => void vi.useRealTimers())

describe('a draft on two devices', () => {
  test('what is typed on one is in the field of the other, with one request for many keys', async () => {
    const [laptop, phone] = [await new Device(server).open(), await new Device(server).open()]
    for (const text of ['h', 'he', 'hel', 'hello']) laptop.type(text)
    await rest()
    expect(phone.shown).toBe('hello')
    expect(server.puts).toBe(1)
    expect(phone.drafts.isIn(PLACE.channelId)).toBe(true)
    phone.type('hello there')
    await rest()
    expect(laptop.shown).toBe('hello there')
    // Sent: it is gone at once, on both.
    laptop.type('', true)
    await rest()
    expect([server.content, phone.shown]).toEqual(['', ''])
    expect(phone.drafts.isIn(PLACE.channelId)).toBe(false)
  })

  test('nothing changes under the hands of who types', async () => {
    const [laptop, phone] = [await new Device(server).open(), await new Device(server).open()]
    phone.isBusy = true
    laptop.type('from the laptop')
    await rest()
    expect(phone.shown).toBe('')
    phone.isBusy = false
    await rest(2)
    expect(phone.shown).toBe('from the laptop')
  })

  test('written on both at once, both are kept until one is chosen', async () => {
    const [laptop, phone] = [await new Device(server).open(), await new Device(server).open()]
    phone.isAway = true
    server.isAway = true
    phone.type('on the train')
    await rest()
    server.isAway = false
    laptop.type('at the desk')
    await rest()
    phone.isAway = false
    await phone.drafts.load()
    await rest()
    expect([phone.shown, phone.drafts.theirs(PLACE), server.content]).toEqual([
      'on the train',
      'at the desk',
      'at the desk',
    ])
    phone.type('on the train, more')
    await rest()
    expect([laptop.shown, server.content]).toEqual(['at the desk', 'at the desk'])
    phone.drafts.keepMine(PLACE)
    await rest()
    expect([laptop.shown, phone.drafts.theirs(PLACE)]).toEqual(['on the train, more', undefined])

    laptop.isAway = true
    phone.type('A')
    await rest()
    laptop.type('B')
    await rest()
    expect(laptop.drafts.theirs(PLACE)).toBe('A')
    laptop.drafts.takeTheirs(PLACE)
    expect([laptop.shown, laptop.store.read(KEY)]).toEqual(['A', 'A'])
  })

  test('what somebody else has, who signed in in another tab, is not shown', async () => {
    const laptop = await new Device(server).open()
    const list = server.api.listDrafts
    const draft = { channel_id: PLACE.channelId, content: 'theirs', version: 7, updated_at: '2026-11-21T12:00:00.000Z' }
    const answer = ok({ items: [draft], stream: 'user:0197a5c0-0000-7000-8000-00000000000b', seq: 7 })
    Object.assign(server.api, { listDrafts: async () => answer })
    await laptop.drafts.load()
    await rest()
    expect([laptop.shown, laptop.store.read(KEY)]).toEqual(['', null])
    Object.assign(server.api, { listDrafts: list })
  })

  test('what could not be sent goes out later, also from the next page', async () => {
    const laptop = await new Device(server).open()
    server.isAway = true
    laptop.type('offline')
    await rest()
    server.isAway = false
    const next = await new Device(server, laptop.texts).open()
    await rest()
    expect([server.content, next.shown]).toEqual(['offline', 'offline'])
  })

  test('an answer that was lost is no text of another device', async () => {
    const laptop = await new Device(server).open()
    const put = server.api.putDraft
    Object.assign(server.api, {
      putDraft: async (request: never) => {
        await put(request)
        return gone()
      },
    })
    laptop.isAway = true
    laptop.type('one')
    await rest()
    Object.assign(server.api, { putDraft: put })
    laptop.type('one two')
    laptop.isAway = false
    await laptop.drafts.load()
    await rest()
    expect([laptop.drafts.theirs(PLACE), server.content]).toEqual([undefined, 'one two'])
  })

  test('of several answers that were lost, none is a text of another device', async () => {
    const laptop = await new Device(server).open()
    const put = server.api.putDraft
    Object.assign(server.api, {
      putDraft: async (request: never) => {
        await put(request)
        return gone()
      },
    })
    laptop.isAway = true
    laptop.type('one')
    await rest()
    Object.assign(server.api, { putDraft: async () => gone() })
    laptop.type('one two')
    await rest()
    Object.assign(server.api, { putDraft: put })
    laptop.isAway = false
    await laptop.drafts.load()
    await rest()
    expect([laptop.drafts.theirs(PLACE), server.content]).toEqual([undefined, 'one two'])
  })

  test('a message that was sent does not come back from an answer that was lost', async () => {
    const laptop = await new Device(server).open()
    const put = server.api.putDraft
    Object.assign(server.api, {
      putDraft: async (request: never) => {
        await put(request)
        return gone()
      },
    })
    laptop.isAway = true
    laptop.type('sent soon')
    await rest()
    laptop.type('')
    Object.assign(server.api, { putDraft: put })
    laptop.isAway = false
    await laptop.drafts.load()
    await rest()
    expect([laptop.shown, server.content]).toEqual(['', ''])
  })

  test('nor from a tab that has heard less than another one of this browser', async () => {
    const [first, second] = [await new Device(server).open(), await new Device(server).open()]
    first.type('sent here')
    await rest()
    expect(second.shown).toBe('sent here')
    second.isAway = true
    first.type('', true)
    await rest()
    // They have one store.
    second.texts.clear()
    for (const [key, text] of first.texts) second.texts.set(key, text)
    second.drafts.edited(PLACE, true)
    await rest()
    expect([second.store.read(KEY), server.content]).toEqual([null, ''])
    // Something new goes on from there.
    second.type('and another')
    await rest()
    expect([second.drafts.theirs(PLACE), server.content]).toEqual([undefined, 'and another'])
  })

  test('an older list does not bring back what a newer one has not', async () => {
    const laptop = await new Device(server).open()
    laptop.type('sent')
    await rest()
    const old = await server.api.listDrafts()
    laptop.type('', true)
    await rest()
    await laptop.drafts.load()
    const list = server.api.listDrafts
    Object.assign(server.api, { listDrafts: async () => old })
    await laptop.drafts.load()
    await rest()
    Object.assign(server.api, { listDrafts: list })
    expect([laptop.shown, laptop.drafts.isIn(PLACE.channelId)]).toEqual(['', false])
  })

  test('a second list keeps what the first one had', async () => {
    server.content = 'from yesterday'
    server.version = 3
    const list = server.api.listDrafts
    // Much else has happened since.
    Object.assign(server.api, {
      listDrafts: async () => ok({ ...((await list()) as { value: object }).value, seq: 20 } as never),
    })
    const laptop = await new Device(server).open()
    await laptop.drafts.load()
    await rest()
    expect([laptop.shown, server.content]).toEqual(['from yesterday', 'from yesterday'])
  })

  test('a server that went back to an older state keeps neither text from the person', async () => {
    const laptop = await new Device(server).open()
    for (const text of ['a', 'b', 'c']) {
      laptop.type(text)
      await rest()
    }
    server.content = 'restored'
    server.version = 1
    const next = await new Device(server, laptop.texts).open()
    next.type('c and more')
    await rest(4)
    expect([next.shown, next.drafts.theirs(PLACE), server.puts < 10]).toEqual(['c and more', 'restored', true])
  })

  test('a send names the version that the server has, and nothing where it has none', async () => {
    const laptop = await new Device(server).open()
    expect(laptop.drafts.versionOf(PLACE)).toBeUndefined()
    laptop.type('hello')
    await rest()
    expect(laptop.drafts.versionOf(PLACE)).toBe(server.version)
    laptop.type('', true)
    await rest()
    expect(laptop.drafts.versionOf(PLACE)).toBeUndefined()
  })

  test('where the server keeps no more drafts, it is said, and the text stays here', async () => {
    const laptop = await new Device(server).open()
    const put = server.api.putDraft
    Object.assign(server.api, {
      putDraft: async () => err({ status: 409, code: 'draft.too_many', message: '' } as never),
    })
    laptop.type('one too many')
    await rest()
    expect([laptop.drafts.isHereAlone(PLACE), laptop.store.read(KEY)]).toEqual([true, 'one too many'])
    Object.assign(server.api, { putDraft: put })
    laptop.type('one too many, now not')
    await rest()
    expect([laptop.drafts.isHereAlone(PLACE), server.content]).toEqual([false, 'one too many, now not'])
  })

  test('what a browser without storage keeps in the page is not replaced', async () => {
    const { browserStore } = await import('./browser-store.ts')
    const fails = (): never => {
      throw new DOMException('blocked', 'SecurityError')
    }
    vi.stubGlobal('localStorage', { getItem: fails, setItem: fails, removeItem: fails })
    browserStore.write('glasshouse:x', 'typed')
    expect([browserStore.read('glasshouse:x'), browserStore.keys('glasshouse:')]).toEqual(['typed', ['glasshouse:x']])
    browserStore.write('glasshouse:x', null)
    expect(browserStore.read('glasshouse:x')).toBe(null)
    vi.unstubAllGlobals()
  })
})
